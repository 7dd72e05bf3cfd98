"""Column rules compiled: how one value is made from header cards and other columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

from .place import Place
from .values import number, scalar, sexagesimal

Cards = Mapping[str, Any]
Values = Mapping[str, Any]
Getter = Callable[[Cards, Values], Any]

SOURCES = ("key", "first_of", "mean", "from", "by", "hms", "dms")
MODIFIERS = ("null_if", "map", "within", "round", "null_as")
_CACHE_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Column:
    """A compiled rule.

    Attributes
    ----------
    get : callable
        ``get(cards, values) -> value``; ``values`` holds the columns this one needs.
    keys : frozenset of str
        Header keywords it reads.
    needs : frozenset of str
        Other columns it reads.
    """

    get: Getter
    keys: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


def keyword(value: Any, place: Place) -> str:
    """Return a header keyword in normal form: upper case, single blanks, no HIERARCH.

    Raises
    ------
    CatalogueError
        When it is not text.
    """
    words = place.text(value, "give a header keyword, such as ESO DPR CATG").upper().split()
    return " ".join(words[1:] if words[0] == "HIERARCH" and len(words) > 1 else words)


def build(spec: Any, place: Place) -> Column:
    """Compile one rule.

    Parameters
    ----------
    spec : str or mapping
        A header keyword, or a mapping with one source (``key``, ``first_of``, ``mean``,
        ``from``, ``by``, ``hms``, ``dms``) and modifiers (``null_if``, ``map``, ``within``,
        ``round``, ``null_as``), applied in this order.
    place : Place
        For errors.

    Returns
    -------
    Column

    Raises
    ------
    CatalogueError
        When the rule means nothing.
    """
    if isinstance(spec, str):
        return _key(spec, place)
    rule = place.mapping(spec, (*SOURCES, *MODIFIERS, "cases", "else"))
    sources = [s for s in SOURCES if s in rule]
    if len(sources) != 1:
        raise place.error(
            f"needs exactly one of {', '.join(SOURCES)}", "for example {key: ESO DET DIT, round: 2}"
        )
    _stray(rule, place)
    column = _BUILD[sources[0]](rule, place)
    for name in MODIFIERS:
        if name in rule:
            column = _MODIFY[name](column, rule, place.at(name, rule))
    return column


def _stray(rule: Mapping[str, Any], place: Place) -> None:
    if ("cases" in rule) != ("by" in rule):
        raise place.error(
            "'by' and 'cases' belong together",
            "for example {by: arm, cases: {IFS: ESO INS2 COMB IFS}}",
        )
    if "else" in rule and "by" not in rule and "map" not in rule:
        raise place.error("'else' belongs to 'map' or 'by'", "remove it")


def _key(name: Any, place: Place) -> Column:
    key = keyword(name, place)

    def get(cards: Cards, values: Values) -> Any:
        return scalar(cards.get(key))

    return Column(get, frozenset((key,)))


def _source_key(rule: Mapping[str, Any], place: Place) -> Column:
    return _key(rule["key"], place.at("key"))


def _several(rule: Mapping[str, Any], name: str, place: Place) -> list[Column]:
    specs = rule[name]
    if not isinstance(specs, list) or not specs:
        raise place.at(name).error(
            "must be a list of rules", "for example [RA, ESO TEL TARG ALPHA]"
        )
    return [build(spec, place.at(f"{name}[{n}]")) for n, spec in enumerate(specs)]


def _join(columns: list[Column], get: Getter, needs: frozenset[str] = frozenset()) -> Column:
    return Column(
        get, frozenset().union(*(c.keys for c in columns)), needs.union(*(c.needs for c in columns))
    )


def _first_of(rule: Mapping[str, Any], place: Place) -> Column:
    columns = _several(rule, "first_of", place)
    getters = tuple(c.get for c in columns)

    def get(cards: Cards, values: Values) -> Any:
        for getter in getters:
            value = getter(cards, values)
            if value is not None:
                return value
        return None

    return _join(columns, get)


def _mean(rule: Mapping[str, Any], place: Place) -> Column:
    columns = _several(rule, "mean", place)
    getters = tuple(c.get for c in columns)

    def get(cards: Cards, values: Values) -> float | None:
        found = [v for g in getters if (v := number(g(cards, values))) is not None]
        return sum(found) / len(found) if found else None

    return _join(columns, get)


def _from(rule: Mapping[str, Any], place: Place) -> Column:
    name = place.at("from").text(rule["from"], "give the name of another column")

    def get(cards: Cards, values: Values) -> Any:
        value = values[name]
        return value.isoformat() if hasattr(value, "isoformat") else value

    return Column(get, needs=frozenset((name,)))


def _by(rule: Mapping[str, Any], place: Place) -> Column:
    name = place.at("by").text(rule["by"], "give the name of another column")
    cases = {
        case: build(spec, place.at(f"cases.{case}"))
        for case, spec in place.at("cases", rule).mapping(rule["cases"]).items()
    }
    other = build(rule["else"], place.at("else")) if "else" in rule else None
    getters = {case: column.get for case, column in cases.items()}
    default = other.get if other else None

    def get(cards: Cards, values: Values) -> Any:
        getter = getters.get(values[name], default)
        return None if getter is None else getter(cards, values)

    return _join([*cases.values(), *([other] if other else [])], get, frozenset((name,)))


def _angle(name: str) -> Callable[[Mapping[str, Any], Place], Column]:
    hours = name == "hms"

    def source(rule: Mapping[str, Any], place: Place) -> Column:
        key = keyword(rule[name], place.at(name))

        def get(cards: Cards, values: Values) -> float | None:
            return sexagesimal(cards.get(key), hours=hours)

        return Column(get, frozenset((key,)))

    return source


def _null_if(column: Column, rule: Mapping[str, Any], place: Place) -> Column:
    given = rule["null_if"]
    if not isinstance(given, list) or not given or not all(isinstance(p, str) for p in given):
        raise place.error("must be a list of text patterns", "null_if: [empty, 'N/A']")
    hidden = re.compile("|".join(f"(?:{translate(p)})" for p in given)).match
    inner = column.get

    def get(cards: Cards, values: Values) -> Any:
        value = inner(cards, values)
        return None if value.__class__ is str and hidden(value) else value

    return Column(get, column.keys, column.needs)


def _map(column: Column, rule: Mapping[str, Any], place: Place) -> Column:
    table = place.mapping(rule["map"])
    if not table:
        raise place.error("is empty", "give at least one 'pattern: value'")
    for pattern, result in table.items():
        if isinstance(result, Mapping | list):
            raise place.at(pattern).error(
                f"must be a plain value, not {result!r}", "quote it if it is text"
            )
    patterns = tuple((re.compile(translate(p)).match, scalar(r)) for p, r in table.items())
    default = scalar(rule.get("else")) if "by" not in rule else None
    inner = column.get
    seen: dict[Any, Any] = {}

    def get(cards: Cards, values: Values) -> Any:
        value = inner(cards, values)
        if value is None:
            return default
        word = str(value)
        if word not in seen:
            if len(seen) >= _CACHE_LIMIT:
                seen.clear()
            seen[word] = next((r for match, r in patterns if match(word)), default)
        return seen[word]

    return Column(get, column.keys, column.needs)


def _within(column: Column, rule: Mapping[str, Any], place: Place) -> Column:
    limits = rule["within"]
    if (
        not isinstance(limits, list)
        or len(limits) != 2
        or any(number(x) is None or isinstance(x, str) for x in limits)
        or limits[0] > limits[1]
    ):
        raise place.error(
            f"must be two numbers, lower first, not {limits!r}", "for example within: [0, 360]"
        )
    low, high = float(limits[0]), float(limits[1])
    inner = column.get

    def get(cards: Cards, values: Values) -> float | None:
        value = number(inner(cards, values))
        return value if value is not None and low <= value <= high else None

    return Column(get, column.keys, column.needs)


def _round(column: Column, rule: Mapping[str, Any], place: Place) -> Column:
    digits = rule["round"]
    if not isinstance(digits, int) or isinstance(digits, bool) or not 0 <= digits <= 12:
        raise place.error(f"must be a number of decimals, 0 to 12, not {digits!r}", "round: 2")
    inner = column.get

    def get(cards: Cards, values: Values) -> float | None:
        value = number(inner(cards, values))
        return None if value is None else round(value, digits)

    return Column(get, column.keys, column.needs)


def _null_as(column: Column, rule: Mapping[str, Any], place: Place) -> Column:
    default = scalar(rule["null_as"])
    if default is None:
        raise place.error("must be a value", "give what a missing value stands for")
    inner = column.get

    def get(cards: Cards, values: Values) -> Any:
        value = inner(cards, values)
        return default if value is None else value

    return Column(get, column.keys, column.needs)


_BUILD = {
    "key": _source_key,
    "first_of": _first_of,
    "mean": _mean,
    "from": _from,
    "by": _by,
    "hms": _angle("hms"),
    "dms": _angle("dms"),
}
_MODIFY = {
    "null_if": _null_if,
    "map": _map,
    "within": _within,
    "round": _round,
    "null_as": _null_as,
}
