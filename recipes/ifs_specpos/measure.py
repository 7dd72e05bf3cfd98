"""Centre, length and height of each spectrum in a lamp frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from lattice import CHANNELS, Floats

_HALF_WIDTH = 2
_REACH = CHANNELS // 2 + 5
_CORE = 12


@dataclass(frozen=True)
class Spectra:
    """What was measured of each spectrum.

    Attributes
    ----------
    x, y : ndarray, shape (n,)
        Centre across and along the spectrum, pixels; NaN where it cannot be measured.
    length : ndarray, shape (n,)
        Pixels between half heights.
    height : ndarray, shape (n,)
        Counts in a row, all columns together.
    """

    x: Floats
    y: Floats
    length: Floats
    height: Floats


def background(image: Floats) -> float:
    """Return the level between the spectra: the lowest few per cent of good pixels."""
    good = image[image > 0]
    return float(np.percentile(good, 3)) if good.size else 0.0


def find_shift(image: Floats, x: Floats, y: Floats, radius: float) -> tuple[float, float]:
    """Return the shift of the whole pattern that catches most light, in half pixels.

    Parameters
    ----------
    image : ndarray
        Lamp frame, pixels above the 99th percentile cut.
    x, y : ndarray
        Nominal centres.
    radius : float
        Largest shift, pixels.

    Returns
    -------
    dx, dy : float
    """
    steps = np.arange(-np.floor(radius * 2), np.floor(radius * 2) + 1) / 2
    rows = np.array([-18, 18])[:, None]
    best, found = -np.inf, (0.0, 0.0)
    for dx in steps:
        for dy in steps:
            at = np.rint(y + dy + rows).astype(int), np.rint(x + dx)[None, :].astype(int)
            light = float(np.median(np.minimum(*image[at])))
            if light > best + 1e-9:
                best, found = light, (float(dx), float(dy))
    return found


def measure(image: Floats, x: Floats, y: Floats) -> Spectra:
    """Measure every spectrum near its predicted centre.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
        Lamp frame above background.
    x, y : ndarray, shape (n,)
        Predicted centres, right to a pixel.

    Returns
    -------
    Spectra
    """
    column, row = np.rint(x).astype(int), np.rint(y).astype(int)
    across = np.arange(-_HALF_WIDTH, _HALF_WIDTH + 1)
    along = np.arange(-_REACH, _REACH + 1)
    rows = np.clip(row[:, None] + along, 0, image.shape[0] - 1)
    columns = np.clip(column[:, None] + across, 0, image.shape[1] - 1)
    cutout = image[rows[:, :, None], columns[:, None, :]]
    core = np.abs(along) <= _CORE
    # a median along the spectrum: a bad pixel does not move it
    profile = np.median(cutout[:, core], axis=1)
    flux = profile.sum(axis=1)
    good = flux > 0
    moment = (profile * across).sum(axis=1)
    shift = np.divide(moment, flux, where=good, out=np.zeros(flux.size))
    light = np.median(cutout[:, :, 1:-1], axis=2)
    lower, upper = _edges(light, along)
    return Spectra(
        x=np.where(good, column + shift, np.nan),
        y=np.where(good, row + (lower + upper) / 2, np.nan),
        length=np.where(good, upper - lower, np.nan),
        height=flux,
    )


def _edges(light: Floats, along: np.ndarray) -> tuple[Floats, Floats]:
    """Return where the light falls to half its height, below and above."""
    middle = along.size // 2
    down = _crossing(light[:, middle::-1])
    up = _crossing(light[:, middle:])
    return -down, up


def _crossing(outward: Floats) -> Floats:
    """Return the first half-height crossing, pixels from the first column."""
    half = 0.5 * np.median(outward[:, 10:16], axis=1, keepdims=True)
    below = outward < half
    # two rows in a run: a dead pixel is no edge
    run = below[:, :-1] & below[:, 1:]
    run[:, :10] = False
    first = run.argmax(axis=1)
    rows = np.arange(len(outward))
    inner, outer = outward[rows, first - 1], outward[rows, first]
    found = run.any(axis=1) & (inner > outer)
    fraction = np.divide(inner - half[:, 0], inner - outer, where=found, out=np.zeros(len(rows)))
    return np.where(found, first - 1 + fraction, np.nan)
