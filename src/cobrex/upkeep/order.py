"""What a person wants cleaned away: kinds, age, size, whose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cobrex.errors import UsageError
from cobrex_db import cleaning
from cobrex_db.near_miss import near_or_all
from cobrex_db.people import utc_now
from cobrex_registry.recipe.amounts import size_bytes

#: what is cleaned away, in this order; the first are attempts
KINDS = (*cleaning.ATTEMPTS, "scratch", "batches", "environments", "versions")
_AGE = re.compile(r"([0-9]{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be cleaned away.

    Attributes
    ----------
    kinds : tuple of str
        Of `KINDS`.
    before : datetime.datetime
        Only what was last used before it, UTC.
    least_bytes : int
        Only what is at least so large.
    user : str
        Who cleans.
    batch : str
        Only what this batch left; empty for any.
    star_id : int or None
        Only attempts of this star.
    """

    kinds: tuple[str, ...]
    before: datetime
    least_bytes: int = 0
    user: str = ""
    batch: str = ""
    star_id: int | None = None

    @property
    def attempts(self) -> list[str]:
        """The kinds of attempts among those asked for."""
        return [kind for kind in self.kinds if kind in cleaning.ATTEMPTS]


def before(age: str) -> datetime:
    """Return the moment that lies an age ago.

    Parameters
    ----------
    age : str
        ``30d``, ``12h``, ``2w``.

    Returns
    -------
    datetime.datetime
        UTC.

    Raises
    ------
    UsageError
        Kind ``age``.
    """
    match = _AGE.fullmatch(age)
    if match is None:
        raise UsageError(
            f"{age!r} is no age", hint="hours, days or weeks: 12h, 30d, 2w", kind="age"
        )
    return utc_now() - timedelta(hours=int(match[1]) * _HOURS[match[2]])


def least(size: str) -> int:
    """Return how many bytes a size says.

    Parameters
    ----------
    size : str
        ``1GiB``, ``500 MB``.

    Returns
    -------
    int

    Raises
    ------
    UsageError
        Kind ``size``.
    """
    found = size_bytes(size)
    if found is None:
        raise UsageError(f"{size!r} is no size", hint="such as 500MB or 1GiB", kind="size")
    return found


def chosen(kinds: Sequence[str], *, narrowed: bool) -> tuple[str, ...]:
    """Return the kinds that are asked for.

    Parameters
    ----------
    kinds : sequence of str
        As a person names them; none: all.
    narrowed : bool
        Whether only a batch or a star is asked for: software belongs to none.

    Returns
    -------
    tuple of str

    Raises
    ------
    UsageError
        Kind ``unknown-kind``.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(
                f"there is no kind {kind!r} to clean",
                hint=near_or_all(kind, KINDS, "kinds"),
                kind="unknown-kind",
            )
    mine = KINDS[:-2] if narrowed else KINDS
    return tuple(kind for kind in mine if not kinds or kind in kinds)
