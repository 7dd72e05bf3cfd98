"""The clipped mean of many planes, in bands of rows so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ccdproc
import numpy as np
from astropy.nddata import CCDData
from astropy.stats import mad_std
from frames import Floats, Frame, Read, halves, opened

_BAND_BYTES = 2**28
_BYTES_A_VALUE = 48
# planes that the noise common to all pixels counts for in the noise of one
_PRIOR = 4


@dataclass(frozen=True)
class Combined:
    """Planes combined.

    Attributes
    ----------
    mean, error : ndarray, shape (rows, columns)
        Their clipped mean and its standard error, adu.
    scatter : ndarray, shape (rows, columns)
        Standard deviation of a pixel, its farthest plane left out: a cosmic ray is no noise.
        Zeros with less than three planes.
    noise : ndarray, shape (2,)
        Of one plane and pixel, by channel, adu.
    levels : ndarray, shape (planes, 2)
        Median by plane and channel, adu.
    """

    mean: Floats
    error: Floats
    scatter: Floats
    noise: np.ndarray
    levels: np.ndarray


def combine(frames: Sequence[Frame], clip_sigma: float) -> Combined:
    """Combine all planes of frames of one setting.

    Parameters
    ----------
    frames : sequence of Frame
        Of one shape.
    clip_sigma : float
        Values farther from the pixel's median are left out; the unit is the pixel's own scatter
        (from the median deviation) or the noise common to all pixels, whichever is larger.

    Returns
    -------
    Combined
    """
    rows, columns = frames[0].shape
    mean, error, scatter = (np.zeros((rows, columns), np.float32) for _ in range(3))
    with opened(frames) as planes:
        noise, levels = _survey(planes, rows, columns)
        step = max(1, _BAND_BYTES // (_BYTES_A_VALUE * len(planes) * columns))
        offsets = np.repeat(levels - levels.mean(axis=0), columns // 2, axis=1)[:, None]
        typical = np.repeat(noise, columns // 2)
        for first in range(0, rows, step):
            band = slice(first, min(first + step, rows))
            # the level drifts from plane to plane; it says nothing of a pixel
            values = np.stack([read(band.start, band.stop) for read in planes]) - offsets
            mean[band], error[band] = _clipped(values, typical, clip_sigma)
            scatter[band] = _scatter(values)
    return Combined(mean, error, scatter, noise, levels)


def _survey(planes: Sequence[Read], rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the noise of a plane by channel, and the level of each plane and channel."""
    before, levels, noise = None, [], []
    for read in planes:
        plane = read(0, rows)
        levels.append([float(np.median(plane[:, half])) for half in halves(columns)])
        if before is not None:
            noise.append([_spread(plane[:, h] - before[:, h]) for h in halves(columns)])
        before = plane
    if not noise:
        # of one plane only neighbours can be compared: an upper limit
        noise.append([_spread(np.diff(plane[:, half], axis=1)) for half in halves(columns)])
    return np.median(noise, axis=0), np.array(levels)


def _spread(difference: Floats) -> float:
    """Return the noise of one of two images, from the pixels of their difference."""
    return float(mad_std(difference)) / np.sqrt(2)


def _clipped(values: np.ndarray, noise: np.ndarray, clip_sigma: float) -> tuple[Floats, Floats]:
    def deviation(data: np.ndarray, axis: int) -> np.ndarray:
        return np.asarray(np.maximum(mad_std(data, axis=axis), noise))

    combiner = ccdproc.Combiner([CCDData(plane, unit="adu") for plane in values])
    if len(values) > 2:
        combiner.sigma_clipping(clip_sigma, clip_sigma, func="median", dev_func=deviation)
    mean = combiner.average_combine().data
    kept = len(values) - np.ma.getmaskarray(combiner.data_arr).sum(axis=0)
    squares = np.ma.filled(((combiner.data_arr - mean) ** 2).sum(axis=0), 0.0)
    variance = (squares + _PRIOR * noise**2) / (kept - 1 + _PRIOR)
    return mean, np.sqrt(variance / kept)


def _scatter(values: np.ndarray) -> Floats:
    if len(values) < 3:
        return np.zeros(values.shape[1:], np.float32)
    squares = (values - np.median(values, axis=0)) ** 2
    rest = squares.sum(axis=0) - squares.max(axis=0)
    return np.asarray(np.sqrt(rest / (len(values) - 2)), np.float32)
