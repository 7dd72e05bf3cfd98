"""Which star a cube is of, and when it was observed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from astropy.io import fits

_NAMES = ("ESO OBS TARG NAME", "OBJECT")
_NOON = timedelta(hours=12)
# names that say what was done, not to which star
_NO_STAR = {"", "OBJECT", "STAR", "SCIENCE", "UNKNOWN"}


@dataclass(frozen=True)
class Star:
    """A star as a header tells it.

    Attributes
    ----------
    name : str
        As it is written, empty when it is not.
    known : frozenset of str
        Its names without case, blanks and hyphens.
    place : tuple of float or None
        Right ascension and declination, degrees.
    """

    name: str
    known: frozenset[str]
    place: tuple[float, float] | None

    def told(self) -> bool:
        """Tell whether anything is known of it."""
        return bool(self.known) or self.place is not None

    def same(self, other: Star, apart: float) -> bool:
        """Tell whether another may be the same: by name, or nearer than this many arcsec."""
        if self.known & other.known:
            return True
        if self.place is None or other.place is None:
            return False
        east = (self.place[0] - other.place[0] + 180) % 360 - 180
        east *= float(np.cos(np.radians(self.place[1])))
        return float(np.hypot(east, self.place[1] - other.place[1])) * 3600 <= apart


def star_of(header: fits.Header) -> Star:
    """Return the star of a cube."""
    written = [str(header.get(key, "")).strip() for key in _NAMES]
    # a plus is kept: BD+12 is not BD-12
    known = frozenset("".join(c for c in n.upper() if c.isalnum() or c == "+") for n in written)
    place = header.get("RA"), header.get("DEC")
    told = all(isinstance(value, int | float) and np.isfinite(value) for value in place)
    return Star(
        next((name for name in written if name), ""),
        known - _NO_STAR,
        (float(place[0]), float(place[1])) if told else None,
    )


def night_of(header: fits.Header) -> str:
    """Return the date of DATE-OBS minus 12 hours, empty when it is not told."""
    try:
        return f"{datetime.fromisoformat(str(header.get('DATE-OBS'))) - _NOON:%Y-%m-%d}"
    except ValueError:
        return ""
