"""Lenslets that stand out alone: leftovers of bad pixels and cosmic rays."""

from __future__ import annotations

import numpy as np
from extract import Trace
from field import Floats
from numpy.typing import NDArray

NEIGHBOURS = ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))
"""Steps to the six lenslets around one."""
_SIGMA = 6.0
_STEEPEST = 2.5


def on_lattice(trace: Trace, value: Floats, empty: float) -> Floats:
    """Return lenslets as an array by lattice indices, with a border of one lenslet."""
    shape = (int(np.ptp(trace.i)) + 3, int(np.ptp(trace.j)) + 3)
    grid = np.full(shape, empty)
    grid[trace.i - trace.i.min() + 1, trace.j - trace.j.min() + 1] = value
    return grid


def around(trace: Trace, grid: Floats) -> Floats:
    """Return the six neighbours of each lenslet, shape (6, n)."""
    row, column = trace.i - trace.i.min() + 1, trace.j - trace.j.min() + 1
    return np.stack([grid[row + di, column + dj] for di, dj in NEIGHBOURS])


def without_spikes(trace: Trace, flux: Floats, variance: Floats) -> NDArray[np.bool_]:
    """Return which lenslets can be trusted.

    Parameters
    ----------
    trace : Trace
        Lattice indices and validity.
    flux, variance : ndarray, shape (n,)
        Of each lenslet.

    Returns
    -------
    ndarray of bool, shape (n,)
        False where a lenslet is not valid, or brighter than `_STEEPEST` times the brightest of
        its neighbours or deeper below the faintest than noise allows: no star is that sharp.
    """
    level = float(np.median(flux[trace.valid]))
    height = np.where(trace.valid, flux - level, np.nan)
    near = around(trace, on_lattice(trace, height, np.nan))
    known = np.isfinite(near)
    highest = np.where(known, near, -np.inf).max(axis=0)
    lowest = np.where(known, near, np.inf).min(axis=0)
    noise = np.sqrt(np.median(variance) + np.maximum(np.where(known.any(axis=0), highest, 0), 0))
    spike = height > _STEEPEST * np.maximum(highest, 0) + _SIGMA * noise
    hole = height < np.minimum(lowest, 0) - _SIGMA * noise
    return trace.valid & ~spike & ~hole
