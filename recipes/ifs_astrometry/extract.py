"""Each lenslet summed along its spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from field import Floats
from numpy.typing import NDArray
from scipy.ndimage import median_filter

_SIGMA = 0.85
_HALF_WIDTH = 2
_NEIGHBOURS = 7
_OUTLIER_SIGMA = 6.0
_MODEL_ERROR = 0.15


@dataclass(frozen=True)
class Trace:
    """Where the spectra lie, as the IFS_SPECPOS table says.

    Attributes
    ----------
    i, j : ndarray of int, shape (n,)
        Lattice indices.
    x, y : ndarray of float, shape (n,)
        Centre of the spectrum, pixels, first pixel 0.
    length : int
        Rows of a spectrum.
    valid : ndarray of bool, shape (n,)
        Lenslets to trust.
    """

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    x: Floats
    y: Floats
    length: int
    valid: NDArray[np.bool_]


def extract(image: Floats, trace: Trace, gain: float) -> tuple[Floats, Floats]:
    """Return the flux of each lenslet and its variance.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
        Frame, counts.
    trace : Trace
        Where the spectra lie.
    gain : float
        Electrons in a count.

    Returns
    -------
    flux, variance : ndarray, shape (n,)
        Counts, counts squared. Each row is fitted with the profile across the spectrum; pixels
        that stick out of a running median along the spectrum are left out.
    """
    level = float(np.median(image))
    noise = 1.4826 * float(np.median(np.abs(image - level)))
    data, profile = _cutouts(image - level, trace)
    row = (data * profile).sum(axis=2) / (profile**2).sum(axis=2)
    smooth = median_filter(row, size=(1, _NEIGHBOURS), mode="mirror")[:, :, None] * profile
    expected = np.maximum(smooth, 0)
    spread = np.sqrt(noise**2 + expected / gain)
    kept = np.abs(data - smooth) < _OUTLIER_SIGMA * spread + _MODEL_ERROR * expected
    weight = np.where(kept, profile**2, 0).sum(axis=2)
    enough = weight > 0.3 * (profile**2).sum(axis=2)
    fitted = np.where(kept, data * profile, 0).sum(axis=2) / np.where(enough, weight, 1)
    row = np.where(enough, fitted, median_filter(row, size=(1, _NEIGHBOURS), mode="mirror"))
    flux = row.sum(axis=1)
    read = noise**2 * (1 / np.where(enough, weight, np.inf)).sum(axis=1)
    return flux, read + np.maximum(flux, 0) / gain


def _cutouts(image: Floats, trace: Trace) -> tuple[Floats, Floats]:
    """Return the pixels of each spectrum and the profile across it, shape (n, rows, columns)."""
    half = trace.length // 2
    across = np.arange(-_HALF_WIDTH, _HALF_WIDTH + 1)
    rows = np.rint(trace.y).astype(int)[:, None] + np.arange(-half, half + 1)
    column = np.rint(trace.x).astype(int)
    rows = np.clip(rows, 0, image.shape[0] - 1)
    columns = np.clip(column[:, None] + across, 0, image.shape[1] - 1)
    profile = np.exp(-0.5 * ((column - trace.x)[:, None] + across) ** 2 / _SIGMA**2)
    profile /= profile.sum(axis=1, keepdims=True)
    return image[rows[:, :, None], columns[:, None, :]], profile[:, None, :]
