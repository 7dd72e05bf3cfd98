"""Workflows: suites of recipes; outputs of a step are inputs of the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cobrex_db.errors import CatalogueError
from cobrex_db.instrument.place import Place
from cobrex_db.near_miss import near

from .model import Association
from .overlay import Merged, lay_over
from .read import DEFAULTS, read_all, refusal
from .values import names

SCHEMA = "workflow/1"
_KEYS = (
    "schema", "name", "version", "title", "description", "instrument", "levels", "defaults",
    "steps", "goals", "authors", "license",
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
    found, problems = read_steps(document, source, known, columns=columns, levels=levels)
    if found is None or problems:
        raise refusal(problems)
    return found


def read_steps(
    document: Any,
    source: str,
    known: Mapping[str, Association],
    *,
    columns: Iterable[str],
    levels: Mapping[str, Any],
) -> tuple[Workflow | None, list[CatalogueError]]:
    """Read a workflow as `read_workflow` does; what is wrong is returned beside it."""
    try:
        return _read(document, source, known, list(columns), levels)
    except CatalogueError as error:
        return None, [error]


def _read(
    document: Any,
    source: str,
    known: Mapping[str, Association],
    columns: list[str],
    levels: Mapping[str, Any],
) -> tuple[Workflow, list[CatalogueError]]:
    place = Place(source)
    place.mapping(document, _KEYS)
    if document.get("schema") != SCHEMA:
        raise place.at("schema", document).error(
            f"is {document.get('schema')!r}", f"schema: {SCHEMA}"
        )
    name = place.at("name", document).text(document.get("name"), "name: irdis_dbi")
    version = place.at("version", document).text(document.get("version"), 'version: "1.0.0"')
    ladders = place.at("levels", document).mapping(document.get("levels") or {})
    table = _table(document, place, known)
    steps, problems = read_all(
        table, source, columns=columns, levels={**levels, **ladders}, rules=f"{name}/{version}",
        section="steps", others={other: one.document for other, one in known.items()},
    )  # fmt: skip
    goals = names(document, "goals", place) or _ends(steps)
    for goal in goals:
        if goal not in table:
            problems.append(
                place.at("goals", document).error(
                    f"no step is called {goal!r}", near(goal, table) or f"steps: {', '.join(table)}"
                )
            )
    found = Workflow(
        name=name,
        version=version,
        title=str(document.get("title") or ""),
        description=str(document.get("description") or ""),
        instrument=str(document.get("instrument") or ""),
        steps=steps,
        goals=goals,
        document=document,
    )
    return found, problems


def _table(
    document: Mapping[str, Any], place: Place, known: Mapping[str, Association]
) -> Mapping[str, Any]:
    """Return the steps, laid over what the instrument files say, with the workflow's defaults."""
    inner = place.at("steps", document)
    said = inner.mapping(document.get("steps"))
    defaults = document.get("defaults") or {}
    place.at("defaults", document).mapping(defaults, DEFAULTS)
    table = Merged({}, said)
    for step, change in said.items():
        if change is not None:
            inner.at(step, said).mapping(change)
        base = known[step].document if step in known else {}
        table[step] = lay_over(lay_over(base, {"defaults": defaults}), change or {})
    return table


def _ends(steps: Mapping[str, Association]) -> tuple[str, ...]:
    """Return the steps whose products no other step uses."""
    used = {origin for step in steps.values() for origin in step.origins}
    return tuple(name for name in steps if name not in used)
