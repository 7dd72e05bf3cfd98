"""When the planes of a frame were exposed."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from frames import Frame

_EPOCH = datetime(1858, 11, 17)
_SPARE = 60 / 86400


def middles(frame: Frame) -> np.ndarray:
    """Return the middle of each plane's exposure, MJD.

    The planes begin evenly spread from MJD-OBS to the end, ESO DET FRAM UTC; when that is missing
    or cannot be the end of this exposure, they follow each other at once.

    Raises
    ------
    ValueError
        When the header has no start.
    """
    start = frame.header.get("MJD-OBS")
    if not isinstance(start, int | float):
        raise ValueError(f"{frame.path.name}: no MJD-OBS")
    light = frame.dit / 86400
    step = _length(frame, float(start)) / frame.planes
    return float(start) + np.arange(frame.planes) * step + light / 2


def _length(frame: Frame, start: float) -> float:
    """Return how long the exposure took, days."""
    least = frame.planes * frame.dit / 86400
    try:
        text = str(frame.header["ESO DET FRAM UTC"]).strip().rstrip("Z")
        told = (datetime.fromisoformat(text) - _EPOCH) / timedelta(days=1) - start
    except (KeyError, ValueError, TypeError):
        return least
    # the card can be that of another frame
    return told if 0.95 * least <= told <= 2 * least + _SPARE else least
