"""Reads one source of an input: candidates, matches, levels, how many of them are taken."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Protocol

from cobrex_db.instrument.place import Place

from .model import Level, Match, Source, Test
from .overlay import lay_over
from .values import choice, names, number, whole

SOURCE = (
    "frame_type", "from", "where", "match", "of", "lineage", "levels", "window_days",
    "level_offset", "take", "per", "group_by",
)  # fmt: skip
MATCH = ("column", "tolerance", "or", "in", "glob", "empty", "differs", "each")
LEVEL = ("level", "window_days", "relax", "warn")
_LONGEST_D = 100_000  # dates end soon after
TAKES = ("nearest", "nearest_group", "bracket", "all", "latest")
LINEAGES = ("", "same_process", "derived_from")


class Reader(Protocol):
    """What reading a source asks of the reader of its association."""

    ladders: Mapping[str, tuple[Level, ...]]
    null: bool

    def where(self, entry: Mapping[str, Any], place: Place) -> Test | None:
        """Compile a condition on the candidate alone."""

    def known(self, entry: Mapping[str, Any], key: str, place: Place) -> tuple[str, ...]:
        """Return columns that are named, all of them known."""

    def column(self, entry: Mapping[str, Any], key: str, place: Place) -> str:
        """Return a column that is named, or empty."""

    def check(self, name: str, place: Place) -> str:
        """Refuse a column that no instrument has."""


def source_keys() -> tuple[str, ...]:
    """Return the keys of a source."""
    return ("name", *SOURCE)


def read_source(reader: Reader, entry: Any, shared: Mapping[str, Any], here: Place) -> Source:
    """Read one source.

    Parameters
    ----------
    reader : Reader
    entry : mapping
    shared : mapping
        What all sources of a ``first_of`` have in common.
    here : Place
        Of the source.

    Returns
    -------
    Source

    Raises
    ------
    CatalogueError
        Told with file and line.
    """
    here.mapping(entry, source_keys())
    said = lay_over(shared, entry)
    types = names(said, "frame_type", here)
    origin, _, output = str(said.get("from") or "").partition(".")
    if bool(origin) != bool(output):
        raise here.at("from", entry).error(
            "must read association.output", "from: ifs_specpos.specpos"
        )
    if not types and not origin:
        raise here.error("says neither frame_type nor from", "name one of the two")
    return Source(
        label=str(said.get("name") or " or ".join(types) or str(said["from"])),
        frame_types=types,
        origin=origin,
        output=output,
        where=reader.where(said, here),
        where_text=str(said.get("where") or ""),
        match=_matches(reader, said, here),
        of=here.at("of", said).text(said["of"], "of: flux") if "of" in said else "",
        lineage=choice(said, "lineage", here, LINEAGES),
        levels=_levels(reader, said, here),
        level_offset=whole(said, "level_offset", here, low=0) if "level_offset" in said else 0,
        take=choice(said, "take", here, TAKES),
        per=reader.column(said, "per", here),
        group_by=reader.known(said, "group_by", here) or ("template_start",),
    )


def _matches(reader: Reader, entry: Mapping[str, Any], place: Place) -> tuple[Match, ...]:
    said = entry.get("match") or []
    here = place.at("match", entry)
    if isinstance(said, str):
        said = [said]
    if isinstance(said, Mapping):
        pairs = list(said.items())
    elif isinstance(said, list):
        pairs = [pair for one in said for pair in _pairs(one)]
    else:
        raise here.error(f"is {said!r}", "match: [star, filter], or {dit: {tolerance: 0.1}}")
    return tuple(_match(reader, column, how, here) for column, how in pairs)


def _pairs(one: Any) -> list[tuple[Any, Any]]:
    return list(one.items()) if isinstance(one, Mapping) else [(one, "equal")]


def _match(reader: Reader, column: Any, how: Any, place: Place) -> Match:
    name = reader.check(place.text(column, "name a column"), place)
    here = place.at(name)
    if how is None or how in ("equal", "each", "differs"):
        return Match(name, how or "equal", name, null=reader.null)
    here.mapping(how, MATCH)
    main = reader.column(how, "column", here) or name
    null = (
        choice(how, "empty", here, ("deny", "allow")) == "allow" if "empty" in how else reader.null
    )
    kinds = [k for k in ("tolerance", "in", "glob", "differs", "each") if k in how]
    if len(kinds) > 1:
        raise here.error(f"says {' and '.join(kinds)}", "one of them")
    if "tolerance" in how:
        return Match(name, "tolerance", main, (), number(how, "tolerance", here, low=0.0), null)
    if "glob" in how:
        return Match(name, "glob", main, names(how, "glob", here, least=1), 0.0, null)
    if "in" in how:
        return Match(name, "in", main, _values(how, "in", here), 0.0, null)
    kind = next((k for k in ("differs", "each") if _flag(how, k, here)), "equal")
    return Match(name, kind, main, _values(how, "or", here), 0.0, null)


def _flag(entry: Mapping[str, Any], key: str, place: Place) -> bool:
    value = entry.get(key, False)
    if not isinstance(value, bool):
        raise place.at(key, entry).error(f"is {value!r}", "true or false")
    return value


def _values(entry: Mapping[str, Any], key: str, place: Place) -> tuple[Any, ...]:
    value = entry.get(key, [])
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str | int | float | bool) for v in found):
        raise place.at(key, entry).error(f"is {value!r}", "a value or a list of values")
    return tuple(found)


def _levels(reader: Reader, entry: Mapping[str, Any], place: Place) -> tuple[Level, ...]:
    if "levels" in entry and "window_days" in entry:
        raise place.error("says levels and window_days", "one of them")
    if "levels" not in entry:
        return (Level(0, _window(entry, place)),)
    found = read_levels(entry["levels"], place.at("levels", entry), reader.ladders)
    for level in found:
        for column in level.relax:
            reader.check(column, place.at("levels", entry).at("relax"))
    return found


def read_levels(
    said: Any, place: Place, ladders: Mapping[str, tuple[Level, ...]]
) -> tuple[Level, ...]:
    """Read a ladder of quality levels, or find it by name."""
    if isinstance(said, str):
        if said not in ladders:
            raise place.error(
                f"no levels are called {said!r}", f"levels: {', '.join(ladders) or 'none'}"
            )
        return ladders[said]
    if not isinstance(said, list) or not said:
        raise place.error("must be a list of levels", "[{level: 0, window_days: [-1, 1]}]")
    found = tuple(_level(one, place.at(f"[{n}]"), n) for n, one in enumerate(said))
    if any(a.level >= b.level for a, b in pairwise(found)):
        raise place.error("levels must rise", "best first: level 0, then 1, 2 ...")
    return found


def _level(entry: Any, place: Place, n: int) -> Level:
    place.mapping(entry, LEVEL)
    level = whole(entry, "level", place, low=0) if "level" in entry else n
    return Level(
        level, _window(entry, place), names(entry, "relax", place), _flag(entry, "warn", place)
    )


def _window(entry: Mapping[str, Any], place: Place) -> tuple[float, float] | None:
    value = entry.get("window_days")
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
        or not all(abs(v) <= _LONGEST_D for v in value)
        or value[0] > value[1]
    ):
        raise place.at("window_days", entry).error(
            f"is {value!r}", "two numbers, start before end: [-7, 7]"
        )
    return float(value[0]), float(value[1])
