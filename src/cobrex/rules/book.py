"""The book of rules: instrument files and workflows, those that ship and a user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cobrex import content, instruments, settings
from cobrex.errors import PlanError, UsageError
from cobrex_registry.reading import strict_yaml

from .model import Association
from .read import parse
from .workflow import Workflow, read_workflow

# what rules may name of any instrument; each adds columns of its own
COLUMNS = frozenset(
    {
        "frame", "frame_id", "frame_type", "star", "night", "verdict", "kind", "archive_name",
        "mjd_obs", "instrument", "arm", "object", "target", "filter", "coronagraph",
        "neutral_density", "dit_s", "ndit", "exposure_s", "observation_id", "process_id",
        "product_role", "instrument_columns", "ob_id", "programme", "template_start", "star_id",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Book:
    """All rules.

    Attributes
    ----------
    associations : dict of str to Association
        Those of the instrument files.
    levels : mapping
        Ladders of the instrument files, as they are written.
    columns : frozenset of str
        Columns that rules may name.
    """

    associations: Mapping[str, Association]
    levels: Mapping[str, Any]
    columns: frozenset[str]

    def workflow(self, name: str) -> Workflow:
        """Return a workflow by name, or by the path of its file.

        Raises
        ------
        UsageError
            Kind ``unknown-workflow``.
        PlanError
            Kind ``rules``: it means nothing.
        """
        path = _workflow_file(name)
        return self.read(strict_yaml.load_file(path), str(path))

    def read(self, document: Any, source: str) -> Workflow:
        """Read a workflow's document."""
        return read_workflow(
            document, source, self.associations, columns=self.columns, levels=self.levels
        )


def load() -> Book:
    """Read the rules of all instrument files.

    Returns
    -------
    Book

    Raises
    ------
    PlanError
        Kind ``rules``: not of the known form, or one name in two files.
    """
    columns = COLUMNS | instruments.load().columns
    found: dict[str, Association] = {}
    levels: dict[str, Any] = {}
    for source, mapping in instruments.mappings():
        said = mapping.get("associations") or {}
        rules = f"{str(mapping.get('name', '')).lower()}/{mapping.get('version', '')}"
        ladders = mapping.get("levels") or {}
        table = parse(said, source, columns=columns, levels=ladders, rules=rules)
        for name, association in table.items():
            if name in found:
                raise PlanError(
                    f"{source}: associations.{name}: the name is taken by another file",
                    hint="give it another name",
                    kind="rules",
                )
            found[name] = association
        levels |= ladders
    for association in found.values():
        demand_origins(association, found)
    return Book(found, levels, columns)


def demand_origins(association: Association, known: Mapping[str, Association]) -> None:
    """Refuse an association that takes products of one that does not exist."""
    for origin in association.origins:
        if origin not in known:
            near = get_close_matches(origin, known, n=1)
            raise PlanError(
                f"{association.rules}: associations.{association.name}: no association is called "
                f"{origin!r}",
                hint=f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}",
                kind="rules",
            )


def workflow_files() -> dict[str, Path]:
    """Return the workflow files by name: a user's takes the place of the shipped one."""
    folders = (content.home() / "workflows", settings.load().home / "workflows")
    return {p.stem: p for folder in folders for p in sorted(folder.glob("*.yaml"))}


def _workflow_file(name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    files = workflow_files()
    if name not in files:
        near = get_close_matches(name, files, n=1)
        raise UsageError(
            f"no workflow is called {name!r}",
            hint=f"did you mean {near[0]}?" if near else f"there are {', '.join(files) or 'none'}",
            kind="unknown-workflow",
        )
    return files[name]
