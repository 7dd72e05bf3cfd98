"""Values a person supplies for a frame, checked: side-car or ``--set``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from cobrex_db.errors import CatalogueError
from cobrex_db.near_miss import near

from .rules import TYPE_NAME, Rules
from .standard import STANDARD
from .values import MJD_RANGE, day, moment, number, scalar

_EXAMPLES: dict[Any, str] = {
    moment: "a time such as 2013-01-31T04:20:00",
    day: "a date such as 2013-01-31",
    number: "a number",
}
_WHOLE = ("ndit", "ob_id")
_RANGES = {
    "ra_deg": (0.0, 360.0),
    "dec_deg": (-90.0, 90.0),
    "dit_s": (0.0, 1e6),
    "exposure_s": (0.0, 1e7),
    "mjd_obs": MJD_RANGE,
}


def keys(rules: Rules) -> tuple[str, ...]:
    """Return the names that may be supplied for a frame of this instrument."""
    return ("frame_type", "kind", *STANDARD, *rules.extra)


def check(given: Mapping[str, Any], rules: Rules, types: Iterable[str]) -> dict[str, Any]:
    """Type what was supplied.

    Parameters
    ----------
    given : mapping
        Name to value as written; null means "not known" and hides what the header says.
    rules : Rules
        Of the frame's instrument.
    types : iterable of str
        Frame types there are; empty when any name will do.

    Returns
    -------
    dict
        Typed values by column name.

    Raises
    ------
    CatalogueError
        Of kind ``supplied``: unknown name, or a value of the wrong type.
    """
    known = keys(rules)
    result: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise _error(
                f"cannot supply {name!r}", near(name, known) or f"known: {', '.join(known)}"
            )
        result[name] = None if value is None else _typed(name, value, list(types))
    if _is_date_only(given.get("date_obs")) and "night" not in given:
        # a date without a time of day is how people write a night
        result["night"] = result["date_obs"].date()
    return result


def _typed(name: str, value: Any, types: list[str]) -> Any:
    if name == "frame_type":
        return _frame_type(value, types)
    if name == "kind":
        if value not in {"raw", "product"}:
            raise _error(f"supplied kind {value!r} is neither raw nor product", "kind=product")
        return value
    clean = STANDARD.get(name)
    if clean is None:
        return _plain(name, value)
    typed = clean(value)
    if typed is None or not _in_range(name, typed):
        raise _error(f"supplied {name} {value!r} cannot be right", f"give {_wanted(name, clean)}")
    return typed


def _wanted(name: str, clean: Any) -> str:
    if name in _RANGES:
        low, high = _RANGES[name]
        return f"a number from {low:g} to {high:g}"
    if name in _WHOLE:
        return "a whole number"
    return _EXAMPLES.get(clean, "text")


def _in_range(name: str, value: Any) -> bool:
    low, high = _RANGES.get(name, (None, None))
    return low is None or high is None or low <= value <= high


def _frame_type(value: Any, types: list[str]) -> str:
    if not isinstance(value, str) or not TYPE_NAME.fullmatch(value):
        raise _error(
            f"supplied frame_type {value!r} is not a name",
            "capital letters, digits and _, such as IFS_ASTROMETRY_RAW",
        )
    if types and value not in types:
        raise _error(
            f"unknown frame type {value}",
            near(value, types) or "declare it in the instrument's file",
        )
    return value


def _plain(name: str, value: Any) -> Any:
    """Return an instrument column's value; text that spells a number becomes one."""
    plain = scalar(value)
    if plain is None:
        raise _error(
            f"supplied {name} {value!r} is not a plain value", "give text, a number, true or false"
        )
    as_number = number(plain) if isinstance(plain, str) else None
    if as_number is None:
        return plain
    return int(as_number) if plain.strip("+-").isdecimal() else as_number


def _is_date_only(value: Any) -> bool:
    if isinstance(value, str):
        return len(value.strip()) == 10
    return isinstance(value, date) and not isinstance(value, datetime)


def _error(message: str, hint: str) -> CatalogueError:
    return CatalogueError(message, hint=hint, kind="supplied")
