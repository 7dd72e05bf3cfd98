"""One map of several wavelengths, and S/N in units of its own scatter."""

from __future__ import annotations

import numpy as np
from frames import Floats
from search import Maps


def together(maps: list[Maps]) -> Maps:
    """Return the maps of a companion of the same contrast in every wavelength.

    Parameters
    ----------
    maps : list of Maps
        Of each wavelength.
    """
    if len(maps) == 1:
        return maps[0]
    contrast, error = mean([(one.contrast, one.error) for one in maps])
    return Maps(contrast / error, contrast, error)


def mean(values: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Return the mean of values with errors, weighted by them, and its error."""
    weight = np.sum([error**-2.0 for _, error in values], axis=0)
    total = np.sum([value * error**-2.0 for value, error in values], axis=0)
    return np.asarray(total / weight), np.asarray(weight**-0.5)


def scatter(snr: Floats) -> float:
    """Return the scatter of an S/N map, robust against the few companions in it.

    Raises
    ------
    ValueError
        When the map is flat.
    """
    known = snr[np.isfinite(snr)]
    spread = 1.4826 * float(np.median(np.abs(known - np.median(known)))) if known.size else 0.0
    if not spread > 0:
        raise ValueError("the S/N map is flat")
    return spread
