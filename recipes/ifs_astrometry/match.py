"""Stars of the image matched to the reference list."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from field import PLATE_SCALE, TRUE_NORTH, Complex, Floats, linear_term
from numpy.typing import NDArray

_PAIR_STARS = 20
_CHUNK = 4000

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Limits:
    """How far the field may be from nominal.

    Attributes
    ----------
    rotation : float
        Degrees.
    scale : float
        Relative.
    offset : float
        Pixels.
    radius : float
        Of a match, pixels.
    fraction : float
        Of the stars of the shorter list, that must match.
    """

    rotation: float
    scale: float
    offset: float
    radius: float
    fraction: float

    def needed(self, found: int, listed: int) -> int:
        """Return how many stars must match so that it is no chance."""
        return max(3, ceil(self.fraction * min(found, listed)))


def match(image: Complex, sky: Complex, limits: Limits) -> tuple[Indices, Indices]:
    """Match stars by trying what each pair of pairs would mean.

    Parameters
    ----------
    image : ndarray of complex, shape (k,)
        Stars found, u + i v, pixels; brightest first.
    sky : ndarray of complex, shape (m,)
        Reference stars, -east + i north, mas; brightest first.
    limits : Limits
        Parity is fixed: a mirrored field does not match.

    Returns
    -------
    found, listed : ndarray of int
        Indices of the matched stars; each star at most once. Empty when nothing fits.
    """
    nominal = linear_term(PLATE_SCALE, TRUE_NORTH)
    expected = nominal * sky
    best: tuple[int, float, Complex] = (0, np.inf, np.array([1.0 + 0j, 0j]))
    for turn, shift in _hypotheses(image[:_PAIR_STARS], expected[:_PAIR_STARS], limits):
        count, spread = _agreement(image, expected, turn, shift, limits.radius)
        order = np.lexsort((spread, -count))[0]
        if (-count[order], spread[order]) < (-best[0], best[1]):
            best = (int(count[order]), float(spread[order]),
                    np.array([turn[order], shift[order]]))  # fmt: skip
    nothing = np.array([], int), np.array([], int)
    if best[0] < 3:
        return nothing
    pairs = _settle(image, expected, best[2], limits)
    return pairs if pairs[0].size >= limits.needed(image.size, sky.size) else nothing


def _hypotheses(image: Complex, expected: Complex, limits: Limits) -> list[tuple[Complex, Complex]]:
    """Return factors and shifts that carry two listed stars onto two found ones, in chunks."""
    first, second = np.nonzero(~np.eye(image.size, dtype=bool))
    one, two = np.triu_indices(expected.size, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = (image[second] - image[first])[:, None] / (expected[two] - expected[one])[None, :]
        shift = image[first][:, None] - turn * expected[one][None, :]
        allowed = (
            (np.abs(np.abs(turn) - 1) < limits.scale)
            & (np.abs(np.angle(turn)) < np.deg2rad(limits.rotation))
            & (np.abs(shift) < limits.offset)
        )
    turn, shift = turn[allowed], shift[allowed]
    return [
        (turn[start : start + _CHUNK], shift[start : start + _CHUNK])
        for start in range(0, turn.size, _CHUNK)
    ]


def _agreement(
    image: Complex, expected: Complex, turn: Complex, shift: Complex, radius: float
) -> tuple[Indices, Floats]:
    """Return how many listed stars meet a found one, and how closely, for each hypothesis."""
    place = turn[:, None] * expected[None, :] + shift[:, None]
    nearest = np.abs(place[:, :, None] - image[None, None, :]).min(axis=2)
    met = nearest < radius
    return met.sum(axis=1), np.where(met, nearest**2, 0).sum(axis=1)


def _settle(
    image: Complex, expected: Complex, start: Complex, limits: Limits
) -> tuple[Indices, Indices]:
    """Return the one-to-one matches, the map being fitted to all of them in turn."""
    turn, shift = start
    found, listed = np.array([], int), np.array([], int)
    for _ in range(10):
        before = found, listed
        found, listed = _mutual(image, turn * expected + shift, limits.radius)
        if found.size < 3:
            return np.array([], int), np.array([], int)
        if all(np.array_equal(*pair) for pair in zip(before, (found, listed), strict=True)):
            break
        design = np.stack([expected[listed], np.ones(listed.size)], axis=1)
        turn, shift = np.linalg.lstsq(design, image[found], rcond=None)[0]
    return found, listed


def _mutual(image: Complex, place: Complex, radius: float) -> tuple[Indices, Indices]:
    distance = np.abs(image[:, None] - place[None, :])
    nearest = distance.argmin(axis=1)
    found = np.arange(image.size)
    mutual = distance.argmin(axis=0)[nearest] == found
    kept = mutual & (distance[found, nearest] < radius)
    return found[kept], nearest[kept]
