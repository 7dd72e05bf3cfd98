"""A small IRDIS detector whose dark, sky, flat and bad pixels are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_HOT, _DEAD = 40000.0, 0.0


@dataclass(frozen=True)
class Detector:
    """What the detector does to light.

    Attributes
    ----------
    dark, sky : ndarray, shape (side, 2 * side)
        Counts a second.
    flat : ndarray
        Response.
    bad : ndarray of bool
        Hot and dead pixels.
    """

    dark: Floats
    sky: Floats
    flat: Floats
    bad: NDArray[np.bool_]

    @classmethod
    def draw(cls, side: int, rng: np.random.Generator) -> Detector:
        """Return one."""
        shape = (side, 2 * side)
        columns = np.indices(shape)[1] % side / side
        flat = (0.9 + 0.2 * columns) * rng.normal(1, 0.03, shape)
        flat[:, :side] /= np.median(flat[:, :side])
        flat[:, side:] /= np.median(flat[:, side:])
        dark = rng.uniform(0.5, 2.0, shape)
        bad = rng.uniform(size=shape) < 0.01
        return cls(dark, 8.0 * (1 + 0.3 * columns), flat, bad)

    def read(self, light: Floats, dit: float, rng: np.random.Generator, nd: float = 1) -> Floats:
        """Return counts for light a second, shape (side, 2 * side)."""
        counts = self.background(dit, nd) + light * self.flat * dit
        counts = counts + rng.normal(0, 1, counts.shape) * np.sqrt(np.abs(counts) / 30 + 9)
        odd = np.where(np.indices(counts.shape).sum(axis=0) % 2 == 0, _HOT, _DEAD)
        return np.asarray(np.where(self.bad, odd, counts))

    def background(self, dit: float, nd: float = 1.0) -> Floats:
        """Return dark and sky of a DIT."""
        return np.asarray((self.dark + self.sky * nd * self.flat) * dit)
