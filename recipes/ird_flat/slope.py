"""Counts against integration time: a straight line for each pixel, by least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from astropy.stats import mad_std
from numpy.typing import NDArray
from scipy.stats import chi2

Doubles = NDArray[np.float64]
_CHANCE = 1e-6
# integration times that the scatter common to all pixels counts for in that of one
_PRIOR = 4


@dataclass(frozen=True)
class Slopes:
    """Lines through a channel's pixels.

    Attributes
    ----------
    slope, error : ndarray, shape (rows, columns)
        Counts a second and their standard error.
    bent : ndarray of bool, shape (rows, columns)
        Where the counts leave the line by more than chance and tolerance.
    departure : float
        Of the channel's level from its own line: lamp drift and nonlinearity, the largest,
        relative to the highest level.
    """

    slope: Doubles
    error: Doubles
    bent: NDArray[np.bool_]
    departure: float


def fit(
    dits: Doubles, counts: Doubles, errors: Doubles, lit: NDArray[np.bool_], tolerance: float
) -> Slopes:
    """Fit the pixels of a channel.

    The time axis is corrected so that the level where it is lit is exactly linear: a lamp that
    drifts between exposures then bends no pixel.

    Parameters
    ----------
    dits : ndarray, shape (n,)
        Integration times, seconds.
    counts, errors : ndarray, shape (n, rows, columns)
        Of each pixel, adu.
    lit : ndarray of bool, shape (rows, columns)
        Where the lamp shines.
    tolerance : float
        Largest deviation of a good pixel from its line, relative to its highest signal.

    Returns
    -------
    Slopes

    Raises
    ------
    ValueError
        When the level does not rise with time: there is no lamp.
    """
    shape = counts.shape[1:]
    noise = np.median(errors[:, lit], axis=1)
    times, departure = _times(dits, np.median(counts[:, lit], axis=1), noise)
    values, weights, where = counts.reshape(len(dits), -1), 1 / noise**2, lit.ravel()
    slope, offset = _line(times, values, weights)
    free = len(dits) - 2
    if not free:
        error = np.sqrt(np.tensordot(_coefficients(times, weights) ** 2, errors**2, axes=1))
        return Slopes(slope.reshape(shape), error, np.zeros(shape, bool), 0.0)
    residual = values[:, where] - np.outer(times, slope[where]) - offset[where]
    weights = _weights(times, residual, weights)
    slope, offset = _line(times, values, weights)
    residual = values - np.outer(times, slope) - offset
    scatter = weights @ residual**2
    variance = (_coefficients(times, weights) ** 2 / weights).sum()
    error = np.sqrt((scatter + _PRIOR) / (free + _PRIOR) * variance)
    far = np.abs(residual).max(axis=0) > tolerance * np.abs(slope) * np.ptp(times)
    bent = far & (scatter > chi2.isf(_CHANCE, free))
    return Slopes(slope.reshape(shape), error.reshape(shape), bent.reshape(shape), departure)


def _times(dits: Doubles, level: Doubles, noise: Doubles) -> tuple[Doubles, float]:
    """Return times at which the level is linear, and how far it was from that."""
    rise, start = np.polyfit(dits, level, 1)
    if rise * np.ptp(dits) < noise.max():
        raise ValueError(f"no lamp: the level rises by {rise:.3g} adu a second")
    departure = np.abs(level - rise * dits - start).max() / level.max()
    return (level - start) / rise, float(departure)


def _weights(times: Doubles, residual: Doubles, weights: Doubles) -> Doubles:
    """Return weights from what the pixels scatter at each time around their lines."""
    centred = times - np.average(times, weights=weights)
    leverage = weights / weights.sum() + weights * centred**2 / (weights * centred**2).sum()
    spread = np.array([float(mad_std(one)) for one in residual])
    variance = spread**2 / np.maximum(1 - leverage, 0.05)
    # a time that alone fixes the line has no scatter of its own
    return np.asarray(1 / np.maximum(variance, 1e-3 * variance.max() + 1e-12))


def _coefficients(times: Doubles, weights: Doubles) -> Doubles:
    """Return what each value counts for in the slope."""
    centred = times - np.average(times, weights=weights)
    return np.asarray(weights * centred / (weights * centred**2).sum())


def _line(times: Doubles, values: Doubles, weights: Doubles) -> tuple[Doubles, Doubles]:
    slope = _coefficients(times, weights) @ values
    offset = np.average(values, axis=0, weights=weights)
    return slope, offset - slope * np.average(times, weights=weights)
