"""Background, flat and bad pixels taken out of the planes of a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from frames import Floats, Frame, read_image
from mend import Mender

_LEAST_FLAT = 0.1


@dataclass(frozen=True)
class Calibration:
    """What is done to every plane.

    Attributes
    ----------
    background : ndarray or float
        Subtracted.
    flat : ndarray or float
        Divided by.
    mender : Mender
        For bad pixels.
    """

    background: Floats | float
    flat: Floats | float
    mender: Mender

    def planes(self, frame: Frame) -> Iterator[Floats]:
        """Yield the two channels of each plane of a frame, shape (2, side, side).

        Raises
        ------
        ValueError
            When good pixels are no numbers.
        """
        for number, plane in enumerate(frame.planes(), 1):
            channels = self.channels(plane)
            if not np.isfinite(channels).all():
                raise ValueError(
                    f"{frame.path.name}: plane {number} has pixels that are no numbers"
                )
            yield channels

    def channels(self, plane: Floats) -> Floats:
        """Return the two channels of a raw plane, shape (2, side, side)."""
        clean = (np.where(self.mender.bad, 0.0, plane) - self.background) / self.flat
        side = len(plane)
        return self.mender(clean).reshape(side, 2, side).swapaxes(0, 1)


def read_pixels(files: dict[str, list[Path]], side: int) -> tuple[Floats | float, Mender]:
    """Return flat and mender from the flat and the bad-pixel map of a SOF, if it names them.

    Raises
    ------
    ValueError
        When one has another size, or hardly a pixel is good.
    """
    flat: Floats | float = 1.0
    bad = np.zeros((side, 2 * side), dtype=bool)
    for path in files.get("IRD_FLAT_FIELD", [])[:1]:
        read, _ = read_image(path, side)
        useless = ~(np.isfinite(read) & (read > _LEAST_FLAT))
        flat = np.where(useless, 1.0, read)
        bad |= useless
    for path in files.get("IRD_STATIC_BADPIXELMAP", [])[:1]:
        bad |= read_image(path, side)[0] != 0
    if bad.mean() > 0.5:
        raise ValueError(
            f"{100 * bad.mean():.0f} % of the pixels are bad by flat and bad-pixel map"
        )
    return flat, Mender(bad)
