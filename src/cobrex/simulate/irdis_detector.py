"""The IRDIS detector: dark current, response, bad pixels, read-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .irdis_optics import Floats

GAIN = 1.75
"""Electrons in a count."""
READ_NOISE = 5.0
"""Counts."""
FULL = 60000.0
"""Counts no pixel exceeds."""
_HOT, _DEAD = 0.003, 0.002


@dataclass(frozen=True, slots=True)
class Chip:
    """A detector of two channels side by side, with its flaws.

    Attributes
    ----------
    dark : ndarray, shape (n, 2n)
        Dark current, counts/s; hot pixels included.
    response : ndarray, shape (n, 2n)
        Median 1 in each channel, 0 where a pixel is dead.
    thermal : ndarray, shape (n, 2n)
        Shape of the thermal background, mean 1.
    hot, dead : ndarray of bool, shape (n, 2n)
        Bad pixels.
    """

    dark: Floats
    response: Floats
    thermal: Floats
    hot: NDArray[np.bool_]
    dead: NDArray[np.bool_]

    @property
    def side(self) -> int:
        """Pixels of a channel's side."""
        return int(self.dark.shape[0])

    @property
    def truth(self) -> dict[str, Any]:
        """What is to be found, without the maps themselves."""
        good = ~(self.hot | self.dead)
        dark = self.dark[good]
        return {
            "gain_e_per_adu": GAIN,
            "read_noise_adu": READ_NOISE,
            "full_well_adu": FULL,
            "dark_adu_per_s": {
                "median": float(np.median(dark)),
                "mean": float(dark.mean()),
                "std": float(dark.std()),
                "hot_min": float(self.dark[self.hot].min()),
                "hot_max": float(self.dark[self.hot].max()),
            },
            "response_rms": float(self.response[good].std()),
            "hot_pixels": int(self.hot.sum()),
            "dead_pixels": int(self.dead.sum()),
        }


def draw_chip(rng: np.random.Generator, side: int) -> Chip:
    """Draw a detector: 0.3 % hot and 0.2 % dead pixels, response uneven by some per cent.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws it.
    side : int
        Pixels of a channel's side.

    Returns
    -------
    Chip
    """
    shape = (side, 2 * side)
    y, x = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-2, 2, 2 * side), indexing="ij")
    dark = 0.15 * (1 + 0.2 * y) * rng.lognormal(0.0, 0.25, shape)
    response = rng.normal(1.0, 0.02, shape)
    response *= 1 - 0.03 * ((x - np.sign(x)) ** 2 + y**2) + rng.uniform(-0.02, 0.02) * x
    halves = response.reshape(side, 2, side)
    halves /= np.median(halves, axis=(0, 2))[:, None]
    bad = rng.permutation(dark.size)
    counts = round(_HOT * dark.size), round(_DEAD * dark.size)
    hot, dead = np.zeros((2, dark.size), dtype=bool)
    hot[bad[: counts[0]]] = True
    dead[bad[counts[0] : sum(counts)]] = True
    hot, dead = hot.reshape(shape), dead.reshape(shape)
    dark[hot] = np.exp(rng.uniform(np.log(20), np.log(800), counts[0]))
    response[dead] = 0.0
    thermal = 1 + 0.15 * y - 0.05 * x
    return Chip(dark, response, thermal / thermal.mean(), hot, dead)


def expose(
    chip: Chip, light: Floats | float, dit: float, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Read the detector out.

    Parameters
    ----------
    chip : Chip
        The detector.
    light : ndarray, shape (ndit, n, 2n), or float
        Counts each pixel would collect were its response 1.
    dit : float
        Seconds.
    rng : numpy.random.Generator
        Photon and read-out noise.

    Returns
    -------
    ndarray of int32, shape (ndit, n, 2n)
        Counts; linear up to `FULL`.
    """
    counts = light * chip.response + chip.dark * dit
    spread = np.sqrt(np.maximum(counts, 0) / GAIN + READ_NOISE**2)
    counts = counts + spread * rng.standard_normal(counts.shape, dtype=np.float32)
    return np.rint(np.minimum(counts, FULL)).astype(np.int32)
