"""How alike two stars' speckles are."""

from __future__ import annotations

import numpy as np
from frames import Floats
from vip_hci.stats import cube_distance


def correlation(images: Floats, other: Floats, inner: int, outer: int) -> Floats:
    """Return Pearson's coefficient of images with another one, in an annulus.

    Parameters
    ----------
    images : ndarray, shape (images, n, n)
        The star in the middle pixel, n odd.
    other : ndarray, shape (n, n)
        Of another star.
    inner, outer : int
        Radii, pixels.
    """
    return np.asarray(
        cube_distance(
            images,
            other,
            mode="annulus",
            dist="pearson",
            inradius=inner,
            width=outer - inner,
            plot=False,
        )
    )
