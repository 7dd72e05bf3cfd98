"""Random star fields: stars on the sky, and the reference list that knows most of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lenslets import Floats

_HALF_FIELD_MAS = 730.0
_NEAREST_MAS = 130.0
_CATALOGUE_ERROR_MAS = 0.05


@dataclass(frozen=True, slots=True)
class Field:
    """Stars around the centre of a field.

    Attributes
    ----------
    east, north : ndarray, shape (n,)
        Offsets on the sky, mas, of all stars that can be seen or are listed.
    magnitude : ndarray, shape (n,)
        Relative; 0 is the brightest.
    shines : ndarray of bool, shape (n,)
        False for stars of the list that are not in the sky.
    listed : ndarray of bool, shape (n,)
        False for stars in the sky that are not in the list.
    listed_east, listed_north : ndarray, shape (n,)
        Offsets as the list gives them, mas.
    """

    east: Floats
    north: Floats
    magnitude: Floats
    shines: np.ndarray
    listed: np.ndarray
    listed_east: Floats
    listed_north: Floats

    @property
    def common(self) -> int:
        """Number of stars both in the sky and in the list."""
        return int((self.shines & self.listed).sum())


def draw_field(rng: np.random.Generator, common: int | None = None) -> Field:
    """Draw a field of 4 to 10 listed stars, with 1 or 2 spurious ones each way.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws everything.
    common : int, optional
        Number of stars in sky and list; drawn when not given.

    Returns
    -------
    Field
        Within 1.46 arcseconds square; no two stars closer than 130 mas.
    """
    common = int(rng.integers(4, 11)) if common is None else common
    unlisted, absent = rng.integers(1, 3, 2)
    total = common + int(unlisted) + int(absent)
    offsets = _scattered(rng, total, common)
    number = np.arange(total)
    error = rng.normal(0.0, _CATALOGUE_ERROR_MAS, (2, total))
    magnitude = rng.uniform(0.0, 3.0, total)
    return Field(
        east=offsets[:, 0],
        north=offsets[:, 1],
        magnitude=magnitude,
        shines=number < common + int(unlisted),
        listed=(number < common) | (number >= common + int(unlisted)),
        listed_east=offsets[:, 0] + error[0],
        listed_north=offsets[:, 1] + error[1],
    )


def _scattered(rng: np.random.Generator, total: int, common: int) -> Floats:
    """Return offsets that keep their distance, the common ones spread over the field."""
    while True:
        places: list[Floats] = []
        while len(places) < total:
            one = rng.uniform(-_HALF_FIELD_MAS, _HALF_FIELD_MAS, 2)
            if all(np.hypot(*(one - other)) > _NEAREST_MAS for other in places):
                places.append(one)
        offsets = np.array(places)
        known = offsets[:common]
        if common < 2 or np.sqrt(known.var(axis=0).sum()) > 0.5 * _HALF_FIELD_MAS:
            return offsets
