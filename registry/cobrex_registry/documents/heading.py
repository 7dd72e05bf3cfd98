"""The heading of rules and workflows: schema, name, version; what they say is read elsewhere."""

from __future__ import annotations

from typing import Any, NamedTuple

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import NAME
from cobrex_registry.reading.strict_yaml import load
from cobrex_registry.semver import Semver

FILES = {"rules": "rules.yaml", "workflow": "workflow.yaml"}
SCHEMAS = {"rules": "instrument/1", "workflow": "workflow/1"}


class Heading(NamedTuple):
    """What a document is called.

    Attributes
    ----------
    name : str
        Small letters; that of an instrument file is its instrument's.
    version : str
    title : str
        For people.
    """

    name: str
    version: str
    title: str


def read_heading(kind: str, text: str, source: str) -> Heading:
    """Read the heading of a document.

    Parameters
    ----------
    kind : str
        ``rules`` or ``workflow``.
    text : str
        Contents of the file.
    source : str
        Its name in messages.

    Returns
    -------
    Heading

    Raises
    ------
    RegistryError
        Of kind ``yaml``, or of the document's kind: another schema, no name, no version.
    """
    document = load(text, source)
    said = document if isinstance(document, dict) else {}
    if said.get("schema") != SCHEMAS[kind]:
        raise _error(kind, source, f"schema is {said.get('schema')!r}", f"schema: {SCHEMAS[kind]}")
    name = str(said.get("name") or "").lower()
    if not NAME.fullmatch(name):
        raise _error(kind, source, f"name is {said.get('name')!r}", "name: irdis_dbi")
    version = said.get("version")
    if not isinstance(version, str):
        raise _error(kind, source, f"version is {version!r}", 'version: "1.0.0"')
    title: Any = said.get("title") or said.get("description") or ""
    return Heading(name, str(Semver.parse(version)), str(title))


def _error(kind: str, source: str, message: str, hint: str) -> RegistryError:
    return RegistryError(f"{source}: {message}", hint=hint, kind=kind)
