"""Exposures of the lamp by integration time, and what it does to the detector as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
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
