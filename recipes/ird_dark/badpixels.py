"""Pixels of a dark that cannot be trusted: hot, cold, noisy."""

from __future__ import annotations

import numpy as np
from combine import Combined
from frames import Floats, halves
from numpy.typing import NDArray
from photutils.background import Background2D, MedianBackground
from scipy.stats import chi2

Flags = NDArray[np.bool_]
_MESH = 32
_CHANCE = 1e-6
LEAST_PLANES = 5


def hot(mean: Floats, sigma: float) -> Flags:
    """Return the pixels far above or below what surrounds them.

    Parameters
    ----------
    mean : ndarray, shape (rows, columns)
        Dark of both channels.
    sigma : float
        Limit, in robust standard deviations of the surrounding.
    """
    found = np.zeros(mean.shape, bool)
    for half in halves(mean.shape[1]):
        channel = mean[:, half]
        mesh = tuple(min(_MESH, side) for side in channel.shape)
        around = Background2D(channel, mesh, bkg_estimator=MedianBackground())
        found[:, half] = np.abs(channel - around.background) > sigma * around.background_rms
    return found


def noisy(combined: Combined, factor: float) -> Flags:
    """Return the pixels whose scatter from plane to plane is no chance.

    Parameters
    ----------
    combined : Combined
        The planes; with less than `LEAST_PLANES` nothing is called noisy.
    factor : float
        Limit, in units of the noise common to the channel's pixels.
    """
    planes = len(combined.levels)
    found = np.zeros(combined.mean.shape, bool)
    if planes < LEAST_PLANES:
        return found
    free = planes - 2
    limit = max(factor**2, float(chi2.isf(_CHANCE, free)) / free)
    for half, noise in zip(halves(found.shape[1]), combined.noise, strict=True):
        found[:, half] = combined.scatter[:, half] ** 2 > limit * noise**2
    return found
