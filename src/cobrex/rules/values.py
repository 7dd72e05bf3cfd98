"""Plain values of rules, checked: names, numbers, choices."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

from cobrex_db.instrument.place import Place

_LARGEST = 1_000_000_000  # what a database's whole numbers hold


def names(entry: Mapping[str, Any], key: str, place: Place, *, least: int = 0) -> tuple[str, ...]:
    """Return a name or a list of names as a tuple.

    Parameters
    ----------
    entry : mapping
    key : str
    place : Place
        Of the entry, for messages.
    least : int
        How many there must be.

    Returns
    -------
    tuple of str

    Raises
    ------
    CatalogueError
        Told with file and line.
    """
    value = entry.get(key, [])
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(n, str) and n for n in found):
        raise place.at(key, entry).error(f"is {value!r}", "give a name or a list of names")
    if len(found) < least:
        raise place.error(f"lacks {key}", f"{key}: a name or a list of names")
    return tuple(found)


def number(entry: Mapping[str, Any], key: str, place: Place, *, low: float = -math.inf) -> float:
    """Return a finite number that is not below a limit.

    Parameters
    ----------
    entry : mapping
    key : str
    place : Place
        Of the entry, for messages.
    low : float
        The least it may be.

    Returns
    -------
    float

    Raises
    ------
    CatalogueError
        Told with file and line.
    """
    value = entry[key]
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not abs(value) <= sys.float_info.max:  # NaN is not
        raise place.at(key, entry).error(f"is {value!r}", "give a number")
    if value < low:
        raise place.at(key, entry).error(f"is {value}", f"at least {low:g}")
    return float(value)


def whole(entry: Mapping[str, Any], key: str, place: Place, *, low: int) -> int:
    """Return a whole number that is not below a limit, nor too large for a database.

    Parameters
    ----------
    entry : mapping
    key : str
    place : Place
        Of the entry, for messages.
    low : int
        The least it may be.

    Returns
    -------
    int

    Raises
    ------
    CatalogueError
        Told with file and line.
    """
    value = entry[key]
    known = isinstance(value, int) and not isinstance(value, bool)
    if not known or not low <= value <= _LARGEST:
        raise place.at(key, entry).error(
            f"is {value!r}", f"a whole number, at least {low}, at most {_LARGEST}"
        )
    return int(value)


def choice(entry: Mapping[str, Any], key: str, place: Place, choices: tuple[str, ...]) -> str:
    """Return one of some words; the first when nothing is said.

    Parameters
    ----------
    entry : mapping
    key : str
    place : Place
        Of the entry, for messages.
    choices : tuple of str

    Returns
    -------
    str

    Raises
    ------
    CatalogueError
        Told with file and line.
    """
    value = entry.get(key, choices[0])
    if value not in choices:
        raise place.at(key, entry).error(f"is {value!r}", f"one of {', '.join(choices)}")
    return str(value)
