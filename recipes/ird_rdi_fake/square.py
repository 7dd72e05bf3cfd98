"""Odd, square frames with the star in the middle pixel."""

from __future__ import annotations

import numpy as np
from frames import Floats


def odd_side(shape: tuple[int, ...], side: int) -> int:
    """Return the greatest odd side within frames and what is asked for.

    Parameters
    ----------
    shape : tuple of int
        Of a cube; rows and columns last.
    side : int
        Asked for; 0 for all.
    """
    whole = min(shape[-2:])
    whole -= 1 - whole % 2
    return min(whole, side - 1 + side % 2) if side else whole


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
