"""The IFS's lenslets: where they lie on the sky and on the detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DETECTOR = 2048
"""Detector side, pixels."""
PITCH = 15.2
"""Distance of neighbouring lenslets on the detector, pixels."""
CHANNELS = 39
"""Detector rows one spectrum covers."""
ROTATION = np.pi / 6 - np.arccos(5 / (2 * np.sqrt(7)))
"""Angle of the first lattice axis from detector x, radians; 10.89 degrees."""
PIXELS_PER_PITCH = 12.25 / 7.46
"""Resampled image pixels in one lenslet pitch; ~ 12.25 mas a lenslet, to be confirmed."""
_MARGIN = 4.0


@dataclass(frozen=True, slots=True)
class Lenslets:
    """Lenslets whose whole spectrum falls on the detector.

    Attributes
    ----------
    i, j : ndarray of int, shape (n,)
        Lattice indices; (0, 0) lies at the centre of the field.
    u, v : ndarray of float, shape (n,)
        Place in the field, image pixels from its centre; v is up, u to the right.
    x, y : ndarray of float, shape (n,)
        Centre of the spectrum on the detector, pixels, first pixel 0; dispersed along y.
    """

    i: Integers
    j: Integers
    u: Floats
    v: Floats
    x: Floats
    y: Floats


def lattice() -> Floats:
    """Return the two axes of the hexagonal lattice.

    Rotated so that the vector -1, 3 points along detector y: spectra of one column
    follow each other after sqrt(7) pitches (40.2 pixels) and columns are 5.0 pixels apart.

    Returns
    -------
    ndarray, shape (2, 2)
        Row k is axis k, in units of the pitch.

    References
    ----------
    Antichi et al. 2009, ApJ 695, 1042 (BIGRE lenslets, rotation against overlap); the
    pitch on the detector is chosen to fill it and is not ESO's.
    """
    angles = ROTATION + np.array([0.0, np.pi / 3])
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def lenslets(rng: np.random.Generator | None = None) -> Lenslets:
    """Lay out the lenslets of one night.

    Parameters
    ----------
    rng : numpy.random.Generator, optional
        Draws the night's flexure: shift up to 1.5 pixels, rotation of 0.02 degrees,
        camera distortion up to 1 pixel in the corners. Without it the nominal layout.

    Returns
    -------
    Lenslets
        About 20,300 of them.
    """
    index = np.arange(-110, 111)
    i, j = (axis.ravel() for axis in np.meshgrid(index, index, indexing="ij"))
    place = np.stack([i, j], axis=1) @ lattice()
    x, y = _bent(place * PITCH, rng)
    half = CHANNELS / 2 + _MARGIN
    inside = (x > _MARGIN) & (x < DETECTOR - _MARGIN) & (y > half) & (y < DETECTOR - half)
    u, v = (place[inside] * PIXELS_PER_PITCH).T
    return Lenslets(i[inside], j[inside], u, v, x[inside], y[inside])


def _bent(place: Floats, rng: np.random.Generator | None) -> tuple[Floats, Floats]:
    centre = (DETECTOR - 1) / 2
    x, y = place.T
    if rng is None:
        return x + centre, y + centre
    shift = rng.uniform(-1.5, 1.5, 2)
    turn = np.deg2rad(rng.uniform(-0.02, 0.02))
    bend = rng.uniform(-0.5, 0.5, 4)
    a, b = x / centre, y / centre
    return (
        x - turn * y + shift[0] + bend[0] * a * a + bend[1] * a * b + centre,
        y + turn * x + shift[1] + bend[2] * b * b + bend[3] * a * b + centre,
    )
