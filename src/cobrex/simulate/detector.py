"""Spectra painted on the detector, with dark level, noise and bad pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lenslets import CHANNELS, DETECTOR, Floats, Integers, Lenslets

GAIN = 1.8
"""Electrons in a count."""
_PROFILE_SIGMA = 0.85
_READ_NOISE = 6.0
_HALF = 3


@dataclass(frozen=True, slots=True)
class Detector:
    """A detector with its flaws.

    Attributes
    ----------
    dark : ndarray of float32, shape (2048, 2048)
        Dark level, counts.
    hot, dead : ndarray of int
        Flat indices of pixels that shine and of pixels that see nothing.
    """

    dark: NDArray[np.float32]
    hot: Integers
    dead: Integers


def detector(rng: np.random.Generator) -> Detector:
    """Draw a detector: dark level near 150 counts with a slope, 0.15 % bad pixels."""
    level, slope = rng.uniform(120, 180), rng.uniform(-10, 10)
    column = slope * np.linspace(-1, 1, DETECTOR, dtype=np.float32)[:, None]
    dark = np.broadcast_to(np.float32(level) + column, (DETECTOR, DETECTOR)).astype(np.float32)
    bad = rng.choice(DETECTOR * DETECTOR, 6000, replace=False)
    return Detector(dark, bad[:4000], bad[4000:])


def expose(
    place: Lenslets, light: Floats, chip: Detector, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Take an exposure.

    Parameters
    ----------
    place : Lenslets
        Where each spectrum falls.
    light : ndarray, shape (n, CHANNELS)
        Counts.
    chip : Detector
        Dark level and bad pixels.
    rng : numpy.random.Generator
        Photon and read-out noise.

    Returns
    -------
    ndarray of uint16, shape (1, 2048, 2048)
        Counts; one DIT.
    """
    image = paint(place, light) + chip.dark
    spread = np.sqrt(np.maximum(image, 0) / GAIN + _READ_NOISE**2)
    image += spread * rng.standard_normal(image.shape, dtype=np.float32)
    pixels = image.reshape(-1)
    pixels[chip.hot] += rng.uniform(500, 20000, chip.hot.size).astype(np.float32)
    pixels[chip.dead] = 0
    counts: NDArray[np.uint16] = np.clip(np.rint(image), 0, 65535).astype(np.uint16)[None]
    return counts


def paint(place: Lenslets, light: Floats) -> NDArray[np.float32]:
    """Return the noiseless image of spectra on the detector, counts, shape (2048, 2048)."""
    first = place.y - (CHANNELS - 1) / 2
    row, fraction = np.floor(first).astype(np.int64), (first % 1.0)[:, None]
    rows = np.zeros((len(light), CHANNELS + 1))
    rows[:, :-1] = (1 - fraction) * light
    rows[:, 1:] += fraction * light
    column = np.rint(place.x).astype(np.int64)
    around = np.arange(-_HALF, _HALF + 1)
    profile = np.exp(-(((column - place.x)[:, None] + around) ** 2) / (2 * _PROFILE_SIGMA**2))
    profile /= profile.sum(axis=1, keepdims=True)
    values = rows[:, :, None] * profile[:, None, :]
    y = row[:, None, None] + np.arange(CHANNELS + 1)[:, None]
    x = column[:, None, None] + around
    seen = (x >= 0) & (x < DETECTOR) & (y >= 0) & (y < DETECTOR)
    flat = np.bincount((y * DETECTOR + x)[seen], values[seen], DETECTOR * DETECTOR)
    return flat.reshape(DETECTOR, DETECTOR).astype(np.float32)
