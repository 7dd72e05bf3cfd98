"""Where rules and workflows lie: files that ship, a user's own, and the registry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cobrex import content, instruments, registry, settings
from cobrex.errors import UsageError
from cobrex_db.near_miss import near_or_all
from cobrex_registry.documents.published import text_of
from cobrex_registry.locks.lock import Lock
from cobrex_registry.locks.locked import locked_document
from cobrex_registry.reading import strict_yaml
from cobrex_registry.semver import Spec


def workflow_files() -> dict[str, Path]:
    """Return the workflow files by name: a user's takes the place of the shipped one."""
    folders = (content.home() / "workflows", settings.load().home / "workflows")
    return {p.stem: p for folder in folders for p in sorted(folder.glob("*.yaml"))}


def find_workflow(name: str, lock: Lock | None = None) -> tuple[Any, str]:
    """Return the document of a workflow and where it comes from.

    Parameters
    ----------
    name : str
        ``NAME``: that file, a user's or a shipped one. ``NAME@RANGE``, ``NAME#CHANNEL``: of the
        registry. ``x.yaml``: that file.
    lock : Lock, optional
        A workflow it holds is taken from it, unless a file is named.

    Returns
    -------
    document : mapping
    source : str
        File or version, for messages.

    Raises
    ------
    UsageError
        Kind ``unknown-workflow``.
    RegistryError
        It cannot be read, or no version will do.
    """
    if name.endswith((".yaml", ".yml")):
        return strict_yaml.load_file(Path(name)), name
    if lock is not None or re.search("[/@#]", name):
        opened = registry.open_registry(settings.load())
        spec = Spec.parse(name)
        version = locked_document(opened, lock, "workflow", spec) if lock is not None else None
        if version is None and name != spec.name:
            version = opened.resolve("workflow", spec)
        if version is not None:
            return strict_yaml.load(text_of(opened, version), f"{version}"), f"workflow {version}"
    path = _file(name)
    return strict_yaml.load_file(path), str(path)


def _file(name: str) -> Path:
    files = workflow_files()
    if name not in files:
        raise UsageError(
            f"no workflow is called {name!r}",
            hint=near_or_all(name, files, "workflows"),
            kind="unknown-workflow",
        )
    return files[name]


def is_workflow(document: Any) -> bool:
    """Tell whether a document is a workflow, and not an instrument file."""
    return isinstance(document, Mapping) and (
        document.get("schema") == "workflow/1" or "steps" in document
    )


def installed_with(files: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the installed instrument files; given ones take the place of those of their name."""
    found = {Path(source).name: (source, mapping) for source, mapping in instruments.mappings()}
    for source, mapping in files:
        name = mapping.get("name") if isinstance(mapping, Mapping) else None
        for other, (_, installed) in list(found.items()):
            if installed.get("name") == name:
                del found[other]
        found[Path(source).name] = source, mapping
    return list(found.values())
