"""When the planes of a frame were exposed."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from frames import Frame

_EPOCH = datetime(1858, 11, 17)


def middles(frame: Frame) -> np.ndarray:
    """Return the middle of each plane's exposure, MJD.

    The planes are spread evenly between MJD-OBS and the end, ESO DET FRAM UTC; without that they
    follow each other at once.

    Raises
    ------
    ValueError
        When the header has no start.
    """
    start = frame.header.get("MJD-OBS")
    if not isinstance(start, int | float):
        raise ValueError(f"{frame.path.name}: no MJD-OBS")
    length = frame.planes * frame.dit / 86400
    try:
        text = str(frame.header["ESO DET FRAM UTC"]).strip().rstrip("Z")
        told = (datetime.fromisoformat(text) - _EPOCH) / timedelta(days=1) - start
        length = told if told > 0 else length
    except (KeyError, ValueError, TypeError):
        pass
    return float(start) + (np.arange(frame.planes) + 0.5) * length / frame.planes
