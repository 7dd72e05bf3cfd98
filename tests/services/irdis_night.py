"""Simulated IRDIS nights for tests, each made once, and what the truth makes of their frames."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, median_filter

from cobrex.simulate.irdis_night import Request, simulate_irdis
from cobrex.simulate.night_folder import SimulatedNight

Floats = NDArray[np.float64]


def night(factory: pytest.TempPathFactory, **request: Any) -> SimulatedNight:
    """Make a night, once for all processes that run tests.

    Parameters
    ----------
    factory : pytest.TempPathFactory
        Knows the folder that is shared.
    **request
        Fields of `Request`: seed, stars, nights, side, planets, ndit, filter,
        before_july_2016, distractors.

    Returns
    -------
    SimulatedNight
        For reading only: others read it too.
    """
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    name = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:12]
    with (shared / f"irdis-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return simulate_irdis(shared / f"irdis-{name}", Request(**request))


def planes(
    made: SimulatedNight, star: str, kind: str = "science", *, bad: bool = False
) -> list[tuple[dict[str, Any], Floats]]:
    """Return truth and calibrated image (n, 2n) of a star's integrations.

    Parameters
    ----------
    made : SimulatedNight
        The night.
    star : str
        Its name.
    kind : {'science', 'centre', 'flux'}
        Which exposures.
    bad : bool
        Also the bad ones.

    Returns
    -------
    list of (dict, ndarray)
        The image in counts: dark subtracted, flat divided, bad pixels replaced, all by the truth;
        the background is still in it.
    """
    maps = {name: np.load(made.folder / path) for name, path in made.truth["maps"].items()}
    flat, flaw = np.where(maps["flat"] > 0, maps["flat"], 1), maps["bad"] > 0
    found, cubes = [], {}
    for row in made.truth["stars"][star][kind]:
        if not (row["good"] or bad):
            continue
        if row["file"] not in cubes:
            with fits.open(made.folder / row["file"]) as units:
                dit = units[0].header["ESO DET SEQ1 DIT"]
                cubes[row["file"]] = (units[0].data - maps["dark"] * dit) / flat
        image = cubes[row["file"]][row["plane"]]
        image[flaw] = median_filter(image, 5)[flaw]
        found.append((row, np.asarray(image)))
    return found


def cube(
    made: SimulatedNight, star: str, channel: int = 0, side: int = 101
) -> tuple[Floats, Floats]:
    """Return the good science integrations centred by the truth, and their angles.

    Parameters
    ----------
    made : SimulatedNight
        The night.
    star : str
        Its name.
    channel : {0, 1}
    side : int
        Odd, pixels; the star is in the middle.

    Returns
    -------
    cube : ndarray, shape (frames, side, side)
        Anamorphism corrected.
    angles : ndarray, shape (frames,)
        Position angles of the y axis, degrees.
    """
    stretch = made.truth["instrument"]["anamorphism"]
    width = made.truth["side_px"]
    from_star = np.arange(side) - side // 2
    images, angles = [], []
    for row, image in planes(made, star):
        x, y = row["centre_px"][channel]
        half = image[:, channel * width : (channel + 1) * width]
        at = np.meshgrid(y + from_star / stretch[1], x + from_star / stretch[0], indexing="ij")
        images.append(map_coordinates(half, at, order=3, mode="nearest"))
        angles.append(row["angle_deg"])
    return np.array(images), np.array(angles)
