"""Calibrations of the SOF: images that must fit the raw frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from frames import DIT, open_fits
from numpy.typing import NDArray


def read_rate(path: Path, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return a dark or background, counts a second.

    Raises
    ------
    ValueError
        When it is of another size or has no integration time.
    """
    with open_fits(path) as units:
        dit = units[0].header.get(DIT)
    if not isinstance(dit, int | float) or dit <= 0:
        raise ValueError(f"{path.name}: no integration time in {DIT}")
    return read_image(path, shape) / dit


def read_image(path: Path, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return an image of both channels.

    Raises
    ------
    ValueError
        When it is of another size.
    """
    with open_fits(path) as units:
        image = units[0].data
    if image is None or image.shape != shape:
        size = "no image" if image is None else f"{image.shape}"
        raise ValueError(f"{path.name}: {size}, the raw frames are {shape}")
    return np.asarray(image, float)
