"""Square frames with the star in the middle."""

from __future__ import annotations

import numpy as np
from frames import Floats


def even(cube: Floats, side: int) -> Floats:
    """Cut a square of even side, the star in pixel side / 2: VIP's PACO turns about it.

    Parameters
    ----------
    cube : ndarray, shape (frames, rows, columns)
        The star in pixel N // 2.
    side : int
        Asked for; 0 for all.
    """
    whole = min(cube.shape[1:])
    whole -= whole % 2
    half = min(whole, side - side % 2) // 2 if side else whole // 2
    y, x = (n // 2 for n in cube.shape[1:])
    return np.ascontiguousarray(cube[:, y - half : y + half, x - half : x + half])


def middle(cube: Floats, side: int) -> Floats:
    """Cut a square of odd side around the middle pixel; VIP's is N / 2 of an even side N."""
    y, x = (n // 2 for n in cube.shape[1:])
    half = side // 2
    return np.ascontiguousarray(cube[:, y - half : y + half + 1, x - half : x + half + 1])


def finite(cube: Floats, what: str) -> None:
    """Refuse pixels that are no numbers.

    Raises
    ------
    ValueError
        When there are any.
    """
    bad = int((~np.isfinite(cube)).sum())
    if bad:
        raise ValueError(f"{what} has {bad} pixels that are no numbers in the part that is used")
