"""The hexagonal grid of lenslets resampled to square pixels."""

from __future__ import annotations

import numpy as np
from extract import Trace
from field import Floats, axes, lenslet_places
from scipy.ndimage import map_coordinates
from spikes import around, on_lattice


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
        centre of lenslet (0, 0). A cubic spline along both lattice axes; lenslets that cannot
        be trusted get the mean of their neighbours.
    """
    mended = np.where(trace.valid, flux, np.nan)
    near = around(trace, on_lattice(trace, mended, np.nan))
    known = np.isfinite(near)
    mean = np.where(known, near, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    sky = float(np.median(flux[trace.valid]))
    mended = np.where(trace.valid, flux, np.where(known.any(axis=0), mean, sky))
    grid = on_lattice(trace, mended, sky)
    seen = on_lattice(trace, np.ones(flux.size), 0.0)
    half = int(np.abs(lenslet_places(trace.i, trace.j)).max())
    v, u = np.mgrid[-half : half + 1, -half : half + 1]
    indices = np.stack([u.ravel(), v.ravel()], axis=1) @ np.linalg.inv(axes())
    where = (indices - [trace.i.min() - 1, trace.j.min() - 1]).T
    image = map_coordinates(grid, where, order=3, mode="nearest").reshape(u.shape)
    covered = map_coordinates(seen, where, order=1, mode="constant").reshape(u.shape)
    return np.where(covered > 0.99, image, np.nan)
