"""Header values made clean: what cannot be right becomes null."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Any

Clean = Callable[[Any], Any]

MJD_ZERO = datetime(1858, 11, 17)
HALF_DAY = timedelta(hours=12)
_YEARS = range(1900, 2200)
# 1900 to 2200: what lies outside is no time of an observation
MJD_RANGE = (15020.0, 124593.0)
_INT64 = 2**63
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")


def scalar(value: Any) -> Any:
    """Return a value that JSON and both databases take: blank, NaN and infinite are null."""
    kind = value.__class__
    if kind is str:
        if not value.isprintable():
            value = "".join(c for c in value if c.isprintable())
        return value.strip() or None
    if kind is float:
        return value if isfinite(value) else None
    if kind is int:
        return value if -_INT64 <= value < _INT64 else None
    return value if kind is bool else None


def text(length: int) -> Clean:
    """Return a cleaner of text of at most ``length`` characters; numbers become text."""

    def clean(value: Any) -> str | None:
        value = scalar(value)
        if value is None or value is True or value is False:
            return None
        return (value if value.__class__ is str else str(value))[:length]

    return clean


def number(value: Any) -> float | None:
    """Return a finite float; text that spells one counts."""
    kind = value.__class__
    if kind is float:
        return value if isfinite(value) else None
    if kind is int:
        return float(value) if -_INT64 <= value < _INT64 else None
    if kind is str and _NUMBER.fullmatch(value.strip()):
        found = float(value.strip().upper().replace("D", "E"))
        return found if isfinite(found) else None
    return None


def integer(bits: int) -> Clean:
    """Return a cleaner of signed integers of so many bits; 8.0 and '8' count."""
    limit = 2 ** (bits - 1)

    def clean(value: Any) -> int | None:
        if value.__class__ is not int:
            found = number(value)
            if found is None or not found.is_integer():
                return None
            value = int(found)
        return value if -limit <= value < limit else None

    return clean


def moment(value: Any) -> datetime | None:
    """Return a time, UTC without zone, from FITS text or a datetime; null when illegal."""
    if isinstance(value, str):
        value = value.strip()
        if value[4:5] != "-" or value[7:8] != "-":
            return None
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime) or value.year not in _YEARS:
        return None
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def day(value: Any) -> date | None:
    """Return a date from ``YYYY-MM-DD`` or a date."""
    if isinstance(value, datetime):
        return None
    found = moment(value) if not isinstance(value, str) or len(value.strip()) == 10 else None
    return None if found is None else found.date()


def night_of(when: datetime) -> date:
    """Return the night: the calendar date twelve hours before."""
    return (when - HALF_DAY).date()


def mjd_of(when: datetime) -> float:
    """Return the modified Julian date of a UTC time."""
    return (when - MJD_ZERO) / timedelta(days=1)


def moment_of(mjd: float) -> datetime | None:
    """Return the time of a modified Julian date, to a millisecond; null outside 1900 to 2200."""
    if not MJD_RANGE[0] <= mjd < MJD_RANGE[1]:
        return None
    return moment(MJD_ZERO + timedelta(milliseconds=round(mjd * 86_400_000)))


def sexagesimal(value: Any, *, hours: bool) -> float | None:
    """Return degrees from ESO's packed ``HHMMSS.sss`` number or from ``HH:MM:SS.sss``.

    Parameters
    ----------
    value : object
        A header value.
    hours : bool
        Whether the first part counts hours (right ascension).

    Returns
    -------
    float or None
        Degrees.
    """
    if value.__class__ is str and ":" in value:
        parts = [number(p) for p in value.strip().lstrip("+-").split(":")]
        negative = value.strip().startswith("-")
    else:
        packed = number(value)
        if packed is None:
            return None
        whole = int(abs(packed))
        negative = packed < 0
        parts = [whole // 10000, whole // 100 % 100, abs(packed) - whole // 100 * 100]
    if len(parts) != 3 or any(p is None or p < 0 for p in parts):
        return None
    first, minutes, seconds = (float(p or 0) for p in parts)
    if minutes >= 60 or seconds >= 60:
        return None
    degrees = (first + minutes / 60 + seconds / 3600) * (15 if hours else 1)
    return -degrees if negative else degrees
