"""Conditions on columns compiled: which frame type a frame is of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from typing import Any

from cobrex_db.near_miss import near

from .place import Place

Test = Callable[[Any], bool]
Match = Callable[[Mapping[str, Any]], bool]


def build(when: Any, columns: Iterable[str], place: Place) -> tuple[Match, frozenset[str]]:
    """Compile the conditions of one frame type.

    Parameters
    ----------
    when : mapping or list of mapping
        Column to condition: a value, a list of values, null, ``{glob: pattern(s)}``,
        ``{ne: value(s)}``. All must hold; of a list of mappings one is enough.
    columns : iterable of str
        Columns there are.
    place : Place
        For errors.

    Returns
    -------
    match : callable
        ``match(values) -> bool``.
    used : frozenset of str
        The columns it reads.

    Raises
    ------
    CatalogueError
        When a column is unknown or a condition means nothing.
    """
    known = list(columns)
    if isinstance(when, list):
        if not when:
            raise place.error("is empty", "give at least one condition")
        parts = [build(one, known, place.at(f"[{n}]")) for n, one in enumerate(when)]
        matches = tuple(match for match, _ in parts)
        return (
            lambda values: any(match(values) for match in matches),
            frozenset().union(*(used for _, used in parts)),
        )
    tests = []
    for name, condition in place.mapping(when).items():
        if name not in known:
            raise place.at(name, when).error(
                "unknown column", near(name, known) or f"columns: {', '.join(sorted(known))}"
            )
        tests.append((name, _test(condition, place.at(name, when))))
    if not tests:
        raise place.error("is empty", "a type without conditions takes every frame: name a column")
    return _all(tuple(tests)), frozenset(name for name, _ in tests)


def _all(tests: tuple[tuple[str, Test], ...]) -> Match:
    def match(values: Mapping[str, Any]) -> bool:
        return all(test(values[name]) for name, test in tests)

    return match


def _test(condition: Any, place: Place) -> Test:
    if isinstance(condition, Mapping):
        return _operator(place.mapping(condition, ("glob", "ne")), place)
    return _among(_values(condition, place))


def _operator(rule: Mapping[str, Any], place: Place) -> Test:
    if len(rule) != 1:
        raise place.error("needs exactly one of glob, ne", "for example {glob: 'CAL_*'}")
    if "ne" in rule:
        same = _among(_values(rule["ne"], place.at("ne")))
        return lambda value: not same(value)
    patterns = _values(rule["glob"], place.at("glob"))
    if not all(isinstance(p, str) for p in patterns):
        raise place.at("glob").error("must be text or a list of text", "quote it: {glob: '*DUAL*'}")
    found = re.compile("|".join(f"(?:{translate(p)})" for p in patterns)).match
    return lambda value: value.__class__ is str and found(value) is not None


def _values(given: Any, place: Place) -> list[Any]:
    values = given if isinstance(given, list) else [given]
    if not values or any(v is not None and not isinstance(v, str | int | float) for v in values):
        raise place.error(
            f"cannot be compared with {given!r}",
            "give text, a number, null, or a list of them; quote dates",
        )
    return values


def _among(values: list[Any]) -> Test:
    wanted = frozenset(values)
    return lambda value: value in wanted
