"""Workflows: suites of recipes; outputs of a step are inputs of the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cobrex.errors import PlanError
from cobrex_db.errors import CatalogueError
from cobrex_db.instrument.place import Place

from .model import Association
from .overlay import lay_over
from .read import parse
from .values import names

SCHEMA = "workflow/1"
_KEYS = (
    "schema", "name", "version", "title", "description", "instrument", "levels", "steps", "goals",
    "authors", "license",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Workflow:
    """A suite of recipes.

    Attributes
    ----------
    name, version, title, description, instrument : str
    steps : dict of str to Association
        In the order they are written.
    goals : tuple of str
        Steps whose products are asked for.
    """

    name: str
    version: str
    title: str
    description: str
    instrument: str
    steps: Mapping[str, Association]
    goals: tuple[str, ...]
    document: Mapping[str, Any] = field(default_factory=dict, compare=False)


def read_workflow(
    document: Any,
    source: str,
    known: Mapping[str, Association],
    *,
    columns: Iterable[str],
    levels: Mapping[str, Any],
) -> Workflow:
    """Read a workflow file.

    Parameters
    ----------
    document : mapping
    source : str
        File name for messages.
    known : mapping of str to Association
        Those of the instrument files: a step of the same name changes what it says.
    columns : iterable of str
    levels : mapping
        Ladders of the instrument files.

    Returns
    -------
    Workflow

    Raises
    ------
    PlanError
        Kind ``rules``: with file, line and cure.
    """
    try:
        return _read(document, source, known, list(columns), levels)
    except CatalogueError as error:
        raise PlanError(error.message, hint=error.hint, kind="rules") from error


def _read(
    document: Any,
    source: str,
    known: Mapping[str, Association],
    columns: list[str],
    levels: Mapping[str, Any],
) -> Workflow:
    place = Place(source)
    place.mapping(document, _KEYS)
    if document.get("schema") != SCHEMA:
        raise place.at("schema", document).error(
            f"is {document.get('schema')!r}", f"schema: {SCHEMA}"
        )
    name = place.at("name", document).text(document.get("name"), "name: irdis_dbi")
    version = place.at("version", document).text(document.get("version"), 'version: "1.0.0"')
    inner = place.at("steps", document)
    table = {
        step: lay_over(known[step].document, change or {}) if step in known else change
        for step, change in inner.mapping(document.get("steps")).items()
    }
    steps = parse(
        table, source, columns=columns, levels={**levels, **(document.get("levels") or {})},
        rules=f"{name}/{version}",
    )  # fmt: skip
    goals = names(document, "goals", place) or _ends(steps)
    for goal in goals:
        if goal not in steps:
            raise place.at("goals", document).error(
                f"no step is called {goal!r}", f"steps: {', '.join(steps)}"
            )
    return Workflow(
        name=name,
        version=version,
        title=str(document.get("title") or ""),
        description=str(document.get("description") or ""),
        instrument=str(document.get("instrument") or ""),
        steps=steps,
        goals=goals,
        document=document,
    )


def _ends(steps: Mapping[str, Association]) -> tuple[str, ...]:
    """Return the steps whose products no other step uses."""
    used = {origin for step in steps.values() for origin in step.origins}
    return tuple(name for name in steps if name not in used)
