"""Reads how many frames an input takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cobrex_db.instrument.place import Place

from .model import Count
from .read_source import Reader
from .values import whole

COUNT = ("min", "max", "exact", "by", "cases")
_EXAMPLE = "count: {min: 1, max: 4}, {exact: 5}, or {by: prism, cases: {YJ: 4, YJH: 5}}"


def read_count(reader: Reader, entry: Mapping[str, Any], place: Place) -> Count:
    """Return how many frames an entry's ``count`` asks for.

    Raises
    ------
    CatalogueError
        Told with file and line.
    """
    said = entry.get("count")
    if said is None:
        return Count()
    inner = place.at("count", entry)
    if isinstance(said, Mapping) and "cases" in said:
        return _by_case(reader, said, inner)
    return _count(said, inner)


def _by_case(reader: Reader, said: Mapping[str, Any], place: Place) -> Count:
    if set(said) != {"by", "cases"}:
        raise place.error("needs by and cases, and nothing else", _EXAMPLE)
    here = place.at("cases", said)
    table = here.mapping(said["cases"])
    cases = {value: _count(one, here.at(value, table)) for value, one in table.items()}
    if not cases:
        raise here.error("is empty", _EXAMPLE)
    lows = [one.min for one in cases.values()]
    highs = [one.max for one in cases.values()]
    return Count(
        None if None in lows else min(n for n in lows if n is not None),
        None if None in highs else max(n for n in highs if n is not None),
        reader.column(said, "by", place),
        cases,
    )


def _count(said: Any, place: Place) -> Count:
    if isinstance(said, int) and not isinstance(said, bool):
        said = {"exact": said}
    place.mapping(said, COUNT)
    if "by" in said:
        raise place.error("says by without cases", _EXAMPLE)
    if "exact" in said:
        if len(said) > 1:
            raise place.error("says exact and another number", _EXAMPLE)
        exact = whole(said, "exact", place, low=0)
        return Count(exact, exact)
    low = None if said.get("min") is None else whole(said, "min", place, low=0)
    high = None if said.get("max") is None else whole(said, "max", place, low=1)
    if low is not None and high is not None and low > high:
        raise place.error(f"min {low} is more than max {high}", _EXAMPLE)
    return Count(low, high)
