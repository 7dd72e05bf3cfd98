"""The science frames as one centred cube."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from angles import Terms, rotations
from calibrate import Calibration
from centre import Centres
from frames import Floats, Frame
from numpy.typing import NDArray
from resample import Grid


@dataclass(frozen=True)
class Times:
    """Of every DIT of a sequence, in the order of the frames.

    Attributes
    ----------
    exposure, dit : ndarray of int, shape (n,)
        Number of the file as in ``ESO PRO REC1 RAWn NAME``, first 1; of the DIT in it, first 0.
    mjd, parallactic, clock, angle : ndarray, shape (n,)
        Middle of the DIT; degrees.
    difference : float
        Largest to TEL PARANG, degrees; NaN without it.
    """

    exposure: NDArray[np.int64]
    dit: NDArray[np.int64]
    mjd: Floats
    parallactic: Floats
    clock: Floats
    angle: Floats
    difference: float


def times_of(frames: list[Frame], terms: Terms) -> Times:
    """Return times and angles of every DIT.

    Raises
    ------
    ValueError
        When a frame does not say when or where it was taken.
    """
    each = rotations(frames, terms)
    known = [one.difference for one in each if np.isfinite(one.difference)]
    return Times(
        np.repeat(np.arange(len(frames)) + 1, [frame.ndit for frame in frames]),
        np.concatenate([np.arange(frame.ndit) for frame in frames]),
        np.concatenate([one.mjd for one in each]),
        np.unwrap(np.concatenate([one.parallactic for one in each]), period=360),
        np.concatenate([one.clock for one in each]),
        np.unwrap(np.concatenate([one.angle for one in each]), period=360),
        max(known, default=float("nan")),
    )


def places(frames: list[Frame], times: Times, centres: Centres, dithered: bool) -> Floats:
    """Return the star's place in every DIT, shape (n, 2, 2): channel, x and y."""
    dither = np.concatenate([np.tile(frame.dither, (frame.ndit, 1)) for frame in frames])
    return centres.at(times.mjd, dither if dithered else np.zeros_like(dither))


def build(
    frames: list[Frame], calibration: Calibration, grid: Grid, where: Floats, side: int
) -> NDArray[np.float32]:
    """Return the cube, shape (2, n, side, side).

    Parameters
    ----------
    frames : list of Frame
        In time.
    calibration : Calibration
        Of them.
    grid : Grid
        Anamorphism.
    where : ndarray, shape (n, 2, 2)
        Of `places`.
    side : int
        Odd.

    Raises
    ------
    ValueError
        When good pixels are no numbers.
    """
    cube = np.empty((2, len(where), side, side), dtype=np.float32)
    number = 0
    for frame in frames:
        for channels in calibration.planes(frame):
            for channel in range(2):
                cube[channel, number] = grid(channels[channel], where[number, channel], side)
            number += 1
    return cube
