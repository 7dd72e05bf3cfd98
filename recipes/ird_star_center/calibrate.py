"""Background, flat and bad pixels of one channel, applied to its images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import ccdproc
import numpy as np
from astropy.nddata import CCDData
from astropy.stats import mad_std
from calibrations import read_image, read_rate
from frames import Frame
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]
_COSMIC_SIGMA = 6.0


@dataclass(frozen=True)
class Calibration:
    """What is applied to both channels' images.

    Attributes
    ----------
    background : ndarray, shape (rows, columns)
        Counts a second.
    flat : ndarray, shape (rows, columns)
        Response.
    bad : ndarray of bool, shape (rows, columns)
        Bad pixels.
    """

    background: Doubles
    flat: Doubles
    bad: Flags


def read_calibration(paths: Mapping[str, list[Path]], shape: tuple[int, int]) -> Calibration:
    """Read what the SOF gives of background, flat and bad pixels.

    Parameters
    ----------
    paths : mapping of str to list of pathlib.Path
        By role; at most one each.
    shape : tuple of int
        Rows and columns of the raw frames.

    Raises
    ------
    ValueError
        When there are several of a role, or one does not fit the frames.
    """
    background, flat, bad = np.zeros(shape), np.ones(shape), np.zeros(shape, bool)
    for role, files in paths.items():
        if len(files) > 1:
            raise ValueError(f"{len(files)} files of role {role}, one is used")
    for path in paths["background"]:
        background = read_rate(path, shape)
    for path in paths["flat"]:
        flat = read_image(path, shape)
    for path in paths["bpm"]:
        bad = read_image(path, shape) != 0
    return Calibration(background, np.where(flat > 0, flat, 1.0), bad | ~(flat > 0))


def calibrated(
    image: Doubles, frame: Frame, known: Calibration, window: tuple[slice, slice]
) -> tuple[Doubles, Flags]:
    """Return a piece of an image without background and flat, and its bad pixels.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
        Both channels, counts at the frame's integration time.
    frame : Frame
        It is of.
    known : Calibration
        What is applied.
    window : tuple of slice
        The piece.

    Returns
    -------
    light : ndarray
        Counts.
    bad : ndarray of bool
        Known bad pixels, and those that look like a cosmic ray.
    """
    light = (image[window] - known.background[window] * frame.dit) / known.flat[window]
    bad = known.bad[window]
    filled = np.where(bad, np.median(light[~bad]) if (~bad).any() else 0.0, light)
    noise = float(mad_std(np.diff(filled, axis=1))) / np.sqrt(2)
    cleaned = ccdproc.cosmicray_lacosmic(
        CCDData(filled, unit="adu", mask=bad), sigclip=_COSMIC_SIGMA, readnoise=max(noise, 1e-6),
        gain_apply=False, satlevel=np.inf,
    )  # fmt: skip
    return light, np.asarray(cleaned.mask, bool)
