"""Exposures of the lamp by integration time, and what it does to the detector as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from combine import combine
from frames import DIT, Floats, Frame

_MOST = 16


@dataclass(frozen=True)
class Exposures:
    """What the lamp gives at each integration time.

    Attributes
    ----------
    dits : ndarray, shape (n,)
        Integration times, seconds, rising.
    means, errors : list of ndarray, shape (rows, columns)
        Combined planes of each, adu.
    planes : int
        Used in all.
    left_out : list of float
        Integration times at which the detector saturates.
    """

    dits: np.ndarray
    means: list[Floats]
    errors: list[Floats]
    planes: int
    left_out: list[float]


def expose(frames: Sequence[Frame], clip_sigma: float, saturation: float) -> Exposures:
    """Combine the planes of each integration time.

    Parameters
    ----------
    frames : sequence of Frame
        Of one filter.
    clip_sigma : float
        As of `combine`.
    saturation : float
        Counts; an integration time whose median reaches them is left out.

    Returns
    -------
    Exposures

    Raises
    ------
    ValueError
        When less than two integration times remain, or there are too many.
    """
    groups: dict[float, list[Frame]] = {}
    for frame in sorted(frames, key=lambda one: one.dit):
        groups.setdefault(round(frame.dit, 2), []).append(frame)
    if len(groups) > _MOST:
        raise ValueError(f"{len(groups)} different {DIT}, at most {_MOST} are fitted")
    dits, means, errors, planes, left_out = [], [], [], 0, []
    for dit, group in groups.items():
        combined = combine(group, clip_sigma)
        if combined.levels.max() >= saturation:
            left_out.append(dit)
            continue
        dits.append(float(np.mean([frame.dit for frame in group])))
        means.append(combined.mean)
        errors.append(combined.error)
        planes += len(combined.levels)
    if len(dits) < 2:
        told = ", ".join(f"{dit:g} s" for dit in dits) or "none"
        lost = f", {len(left_out)} saturated" if left_out else ""
        raise ValueError(f"a slope needs lamp frames of two or more {DIT}: {told}{lost}")
    return Exposures(np.array(dits), means, errors, planes, left_out)


def read_dark(path: Path, shape: tuple[int, int]) -> Floats:
    """Return counts a second without the lamp, from a dark or background.

    Raises
    ------
    ValueError
        When it is of another size or has no integration time.
    """
    with fits.open(path, memmap=False) as units:
        image, dit = units[0].data, units[0].header.get(DIT, 0)
    _same(path, image, shape)
    if not isinstance(dit, int | float) or dit <= 0:
        raise ValueError(f"{path.name}: no integration time in {DIT}")
    return np.asarray(image / dit, np.float32)


def read_bad(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Return the flags of a bad pixel map.

    Raises
    ------
    ValueError
        When it is of another size.
    """
    with fits.open(path, memmap=False) as units:
        image = units[0].data
    _same(path, image, shape)
    return np.asarray(image != 0)


def _same(path: Path, image: np.ndarray | None, shape: tuple[int, int]) -> None:
    if image is None or image.shape != shape:
        size = "no image" if image is None else f"{image.shape}"
        raise ValueError(f"{path.name}: {size}, the lamp frames are {shape}")
