"""Bad pixels replaced by what surrounds them."""

from __future__ import annotations

import numpy as np
from frames import Floats
from numpy.typing import NDArray

_SIGMA = 1.0
_REACH = (1, 2, 4, 8)


class Mender:
    """Replaces bad pixels by the Gaussian-weighted mean of the good ones around.

    Parameters
    ----------
    bad : ndarray of bool, shape (side, 2 * side)
        True where a pixel is bad. The channels do not lend each other pixels.
    """

    def __init__(self, bad: NDArray[np.bool_]) -> None:
        self.bad = bad
        self._rows, self._columns = np.nonzero(bad)
        self._plans = [self._plan(reach) for reach in _REACH]

    def _plan(self, reach: int) -> tuple[NDArray[np.int64], Floats]:
        """Return flat indices of the pixels around and their weights, 0 where they are bad."""
        steps = np.arange(-reach, reach + 1)
        dy, dx = (a.ravel() for a in np.meshgrid(steps, steps, indexing="ij"))
        side, width = self.bad.shape
        row, column = self._rows[:, None] + dy, self._columns[:, None] + dx
        channel = self._columns[:, None] // side
        inside = (row >= 0) & (row < side) & (column // side == channel) & (column >= 0)
        inside &= column < width
        index = np.where(inside, row * width + column, 0)
        nearness = np.exp(-(dx**2 + dy**2) / (2 * (_SIGMA * reach) ** 2))
        return index, np.where(inside & ~self.bad.ravel()[index], nearness, 0.0)

    def __call__(self, plane: Floats) -> Floats:
        """Return a plane without its bad pixels; 0 where nothing good is near."""
        mended = plane.copy()
        value = np.zeros(self._rows.size)
        missing = np.ones(self._rows.size, dtype=bool)
        for index, weight in self._plans:
            total = weight.sum(axis=1)
            here = missing & (total > 0)
            around = np.where(weight > 0, plane.ravel()[index], 0.0)
            value[here] = ((weight * around).sum(axis=1) / np.where(total > 0, total, 1))[here]
            missing &= ~here
        mended[self._rows, self._columns] = value
        return mended
