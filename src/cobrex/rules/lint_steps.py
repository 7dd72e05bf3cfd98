"""What is wrong within rules: unknown steps and types, circles, steps that cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from cobrex_db.errors import CatalogueError
from cobrex_db.instrument.place import Place
from cobrex_db.near_miss import near

from .model import Association, InputRule


@dataclass(frozen=True, slots=True)
class Unit:
    """The associations of one file.

    Attributes
    ----------
    source : str
        The file.
    section : str
        ``associations`` or ``steps``.
    document : mapping
        All of the file.
    own : mapping of str to Association
        Those of the file that can be read.
    known : mapping of str to Association
        All that may be named.
    """

    source: str
    section: str
    document: Mapping[str, Any]
    own: Mapping[str, Association]
    known: Mapping[str, Association]

    def place(self, association: Association, *parts: str) -> Place:
        """Return where something of an association stands."""
        table = self.document.get(self.section)
        place = Place(self.source).at(self.section, self.document).at(association.name, table)
        inside: Any = association.document
        for part in parts:
            place = place.at(part, inside)
            inside = inside.get(part) if isinstance(inside, Mapping) else None
        return place


def within(unit: Unit, frame_types: Iterable[str]) -> list[CatalogueError]:
    """Return what is wrong with a file's associations by themselves.

    Parameters
    ----------
    unit : Unit
    frame_types : iterable of str
        Those that instruments declare.

    Returns
    -------
    list of CatalogueError
    """
    types = set(frame_types)
    found = [problem for one in unit.own.values() for problem in _of_one(unit, one, types)]
    found += _circles(unit)
    return found + (_alike(unit) if unit.section == "associations" else [])


def _of_one(unit: Unit, one: Association, types: set[str]) -> Iterator[CatalogueError]:
    for name in one.main.frame_types:
        yield from _type(unit.place(one, "main", "frame_type"), name, types)
    if one.main.origin:
        yield from _origin(unit, unit.place(one, "main", "from"), one.main.origin)
    for rule in one.inputs:
        place = unit.place(one, "inputs", rule.role)
        for source in rule.sources:
            for name in source.frame_types:
                yield from _type(place, name, types)
            if source.origin:
                yield from _origin(unit, place, source.origin)
        yield from _of_levels(place, rule)
        roles = [other.role for other in one.inputs]
        for role in dict.fromkeys(source.of for source in rule.sources if source.of):
            if role not in roles or role == rule.role:
                yield place.error(f"of {role!r}: it has no such other input", near(role, roles))


def _type(place: Place, name: str, types: set[str]) -> Iterator[CatalogueError]:
    if name not in types:
        yield place.error(
            f"no instrument declares a frame type {name}",
            near(name, types) or "declare it under types: of an instrument file",
        )


def _origin(unit: Unit, place: Place, name: str) -> Iterator[CatalogueError]:
    if name not in unit.known:
        yield place.error(
            f"no association is called {name!r}",
            near(name, unit.known) or f"there are {', '.join(unit.known)}",
        )


def _of_levels(place: Place, rule: InputRule) -> Iterator[CatalogueError]:
    for source in rule.sources:
        if not source.levels:  # a named ladder that cannot be read: told there
            continue
        best = source.levels[0].level + source.level_offset
        if rule.max_level is not None and best > rule.max_level:
            yield place.error(
                f"max_level {rule.max_level} lets nothing of {source.label} through: "
                f"its best level is {best}",
                "raise max_level, or leave the source out",
            )


def _circles(unit: Unit) -> list[CatalogueError]:
    """Tell every circle once, at the first of its steps in the file."""
    found: dict[frozenset[str], CatalogueError] = {}
    for start in unit.own:
        path = _way_back(start, unit.known)
        if path and frozenset(path) not in found:
            found[frozenset(path)] = unit.place(unit.own[start]).error(
                f"a circle: {' <- '.join([*path, start])}; nothing of it can ever be made",
                "take one of its inputs from elsewhere",
            )
    return list(found.values())


def _way_back(start: str, known: Mapping[str, Association]) -> list[str]:
    """Return the shortest way from a step over what it takes back to itself; empty for none."""
    queue: list[list[str]] = [[start]]
    seen: set[str] = set()
    while queue:
        path = queue.pop(0)
        for origin in known[path[-1]].origins if path[-1] in known else ():
            if origin == start:
                return path
            if origin not in seen:
                seen.add(origin)
                queue.append([*path, origin])
    return []


def _alike(unit: Unit) -> list[CatalogueError]:
    """Two rules that take the same main frames: `--frame` would make both."""
    found = []
    for one, other in combinations(unit.own.values(), 2):
        both = set(one.main.frame_types) & set(other.main.frame_types)
        if both and one.main.where is None and other.main.where is None:
            found.append(
                unit.place(other, "main").error(
                    f"{one.name} takes {', '.join(sorted(both))} as well: --frame would make both",
                    "tell them apart with main.where, or put one into a workflow",
                )
            )
    return found
