"""The hexagonal grid of lenslets resampled to square pixels."""

from __future__ import annotations

import numpy as np
from extract import Trace
from field import Floats, axes, lenslet_places
from scipy.ndimage import map_coordinates


def resample(trace: Trace, flux: Floats) -> Floats:
    """Return the field on square pixels.

    Parameters
    ----------
    trace : Trace
        Tells each lenslet's place in the lattice.
    flux : ndarray, shape (n,)
        Of each lenslet.

    Returns
    -------
    ndarray, shape (m, m)
        Flux in a lenslet, NaN where no lenslet looks; m is odd, and the middle pixel is the
        centre of lenslet (0, 0). A cubic spline along both lattice axes.
    """
    low_i, low_j = trace.i.min(), trace.j.min()
    shape = (int(trace.i.max() - low_i + 1), int(trace.j.max() - low_j + 1))
    grid = np.full(shape, np.median(flux))
    seen = np.zeros(shape)
    good = trace.valid
    at = trace.i - low_i, trace.j - low_j
    grid[at[0][good], at[1][good]] = flux[good]
    seen[at] = 1.0
    _fill(grid, (at[0][~good], at[1][~good]), seen)
    half = int(np.abs(lenslet_places(trace.i, trace.j)).max())
    v, u = np.mgrid[-half : half + 1, -half : half + 1]
    indices = np.stack([u.ravel(), v.ravel()], axis=1) @ np.linalg.inv(axes())
    where = (indices - [low_i, low_j]).T
    image = map_coordinates(grid, where, order=3, mode="nearest").reshape(u.shape)
    covered = map_coordinates(seen, where, order=1, mode="constant").reshape(u.shape)
    return np.where(covered > 0.99, image, np.nan)


def _fill(grid: Floats, holes: tuple[np.ndarray, np.ndarray], seen: Floats) -> None:
    """Give lenslets that cannot be trusted the mean of their six neighbours."""
    source = grid.copy()
    for row, column in zip(*holes, strict=True):
        around = [
            source[a, b]
            for di, dj in ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))
            if 0 <= (a := row + di) < grid.shape[0]
            and 0 <= (b := column + dj) < grid.shape[1]
            and seen[a, b]
        ]
        if around:
            grid[row, column] = np.mean(around)
