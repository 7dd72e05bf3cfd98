"""The lenslet lattice of the IFS on its detector, as designed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

PITCH = 15.2
"""Distance of neighbouring lenslets on the detector, pixels."""
CHANNELS = 39
"""Rows of a spectrum."""
ROTATION = np.pi / 6 - np.arccos(5 / (2 * np.sqrt(7)))
"""Angle of the first lattice axis from detector x, radians."""
_REACH = 110
_MARGIN = 4.0


def nominal(shape: tuple[int, ...]) -> tuple[Integers, Integers, Floats, Floats]:
    """Return lattice indices and nominal centres of all spectra that fit on the detector.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the detector.

    Returns
    -------
    i, j : ndarray of int, shape (n,)
        Lattice indices, (0, 0) at the centre of the detector.
    x, y : ndarray of float, shape (n,)
        Centre of the spectrum, pixels, first pixel 0.
    """
    index = np.arange(-_REACH, _REACH + 1)
    i, j = (axis.ravel() for axis in np.meshgrid(index, index, indexing="ij"))
    angles = ROTATION + np.array([0.0, np.pi / 3])
    x = PITCH * (i * np.cos(angles[0]) + j * np.cos(angles[1])) + (shape[1] - 1) / 2
    y = PITCH * (i * np.sin(angles[0]) + j * np.sin(angles[1])) + (shape[0] - 1) / 2
    half = CHANNELS / 2 + _MARGIN
    inside = (x > _MARGIN) & (x < shape[1] - _MARGIN) & (y > half) & (y < shape[0] - half)
    return i[inside], j[inside], x[inside], y[inside]
