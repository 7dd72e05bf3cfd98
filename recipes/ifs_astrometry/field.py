"""The image plane: lenslets in it, and how the sky maps to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

ROTATION = np.pi / 6 - np.arccos(5 / (2 * np.sqrt(7)))
"""Angle of the first lattice axis from image x, radians."""
PIXELS_PER_PITCH = 12.25 / 7.46
"""Image pixels in one lenslet pitch; defines the image pixel (~, to be confirmed)."""
PLATE_SCALE = 7.46
"""Nominal plate scale, mas per image pixel (Maire et al. 2016)."""
TRUE_NORTH = -1.75
"""Nominal true north, degrees (Maire et al. 2016)."""


def axes() -> Floats:
    """Return the lattice axes in image pixels, one a row."""
    angles = ROTATION + np.array([0.0, np.pi / 3])
    return PIXELS_PER_PITCH * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def lenslet_places(i: NDArray[np.int64], j: NDArray[np.int64]) -> Floats:
    """Return where lenslets lie, image pixels right and up from the centre, shape (n, 2)."""
    return np.stack([i, j], axis=1).astype(float) @ axes()


def sky_plane(east: Floats, north: Floats) -> Complex:
    """Return offsets on the sky as seen with north up and east left: -east + i north, mas."""
    return -np.asarray(east, float) + 1j * np.asarray(north, float)


def linear_term(plate_scale: float, true_north: float) -> complex:
    """Return the factor from sky plane (mas) to image (pixels).

    Parameters
    ----------
    plate_scale : float
        mas per pixel.
    true_north : float
        Degrees; position angle on the sky minus angle in the image counter-clockwise from +y.
    """
    return complex(np.exp(-1j * np.deg2rad(true_north)) / plate_scale)


def scale_and_north(factor: complex) -> tuple[float, float]:
    """Return plate scale (mas/pixel) and true north (deg) of a factor; see `linear_term`."""
    return 1 / abs(factor), -float(np.rad2deg(np.angle(factor)))
