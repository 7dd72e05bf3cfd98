"""Anamorphism, centring and cut in one interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from frames import Floats
from scipy.ndimage import affine_transform

_MARGIN = 2


@dataclass(frozen=True)
class Grid:
    """How a channel is resampled.

    Attributes
    ----------
    scale_x, scale_y : float
        Corrected coordinate for one raw pixel.
    order : int
        Of the spline.
    """

    scale_x: float
    scale_y: float
    order: int

    def __call__(self, channel: Floats, centre: Floats, side: int) -> Floats:
        """Return a square around a place, which comes to its middle pixel; flux is kept.

        Parameters
        ----------
        channel : ndarray, shape (rows, columns)
            Raw geometry.
        centre : ndarray, shape (2,)
            x and y.
        side : int
            Odd.
        """
        steps = 1 / np.array([self.scale_y, self.scale_x])
        first = centre[::-1] - steps * (side // 2)
        shape = (side, side)
        cut = affine_transform(channel, steps, first, shape, order=self.order, mode="mirror")
        return np.asarray(cut * steps.prod())

    def largest(self, centres: Floats, rows: int) -> int:
        """Return the largest odd side that lies within a channel around every centre.

        Parameters
        ----------
        centres : ndarray, shape (..., 2)
            x and y.
        rows : int
            Side of the channel.
        """
        room = np.minimum(centres, rows - 1 - centres) - _MARGIN
        reach = float((room * [self.scale_x, self.scale_y]).min())
        return 2 * int(np.floor(reach)) + 1
