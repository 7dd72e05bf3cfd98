"""From slopes to a flat: what is lit, what is dead, what is 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from slope import Doubles, Slopes

_NEAR = 9


@dataclass(frozen=True)
class Response:
    """A channel's flat.

    Attributes
    ----------
    flat, error : ndarray, shape (rows, columns)
        Median 1 where lit and good; elsewhere the flat is 1 and its error NaN.
    lit, dead, bent : ndarray of bool, shape (rows, columns)
        Where the lamp shines; there, pixels that do not answer as their neighbours do, and those
        that do not count linearly.
    flux : float
        Median counts a second.
    departure : float
        As of `Slopes`.
    """

    flat: Doubles
    error: Doubles
    lit: NDArray[np.bool_]
    dead: NDArray[np.bool_]
    bent: NDArray[np.bool_]
    flux: float
    departure: float


def around(light: Doubles) -> Doubles:
    """Return the median of each pixel's neighbourhood; edges of the light stay sharp."""
    return np.asarray(median_filter(light, size=_NEAR, mode="nearest"))


def shines(near: Doubles, fraction: float) -> NDArray[np.bool_]:
    """Return where the lamp gives this part of what it gives to the bright pixels."""
    bright = float(np.percentile(near, 90))
    return np.asarray((near > fraction * bright) & (bright > 0))


def respond(
    slopes: Slopes, near: Doubles, lit: NDArray[np.bool_], bad: NDArray[np.bool_],
    limits: tuple[float, float],
) -> Response:  # fmt: skip
    """Return the response of a channel.

    Parameters
    ----------
    slopes : Slopes
        Counts a second of the lamp.
    near : ndarray, shape (rows, columns)
        The same of `around`.
    lit : ndarray of bool, shape (rows, columns)
        Where the lamp shines.
    bad : ndarray of bool, shape (rows, columns)
        Known bad pixels.
    limits : tuple of float
        Least and largest response of a good pixel, relative to the median of its neighbours.

    Returns
    -------
    Response

    Raises
    ------
    ValueError
        When no pixel is both lit and good.
    """
    dead = lit & ((slopes.slope < limits[0] * near) | (slopes.slope > limits[1] * near))
    bent = lit & slopes.bent
    good = lit & ~dead & ~bent & ~bad
    if not good.any():
        raise ValueError("no pixel of a channel is lit and good")
    flux = float(np.median(slopes.slope[good]))
    flat = np.where(good, slopes.slope / flux, 1.0)
    error = np.where(good, slopes.error / flux, np.nan)
    return Response(flat, error, lit, dead, bent, flux, slopes.departure)
