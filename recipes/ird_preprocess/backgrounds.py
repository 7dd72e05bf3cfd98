"""Which background belongs to the science frames and which to the flux frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from frames import Floats, Frame, read_image

TYPES = ("IRD_SKY_BG", "IRD_INS_BG", "IRD_MASTER_DARK")
"""The best first."""
_DIT_TOLERANCE = 0.005


@dataclass(frozen=True)
class Background:
    """A background and what it was taken with.

    Attributes
    ----------
    name, frame_type : str
        Of the file.
    image : ndarray, shape (side, 2 * side)
        Counts in `dit` seconds.
    dit : float
        Seconds.
    filter, neutral_density : str
        Empty for a dark.
    """

    name: str
    frame_type: str
    image: Floats
    dit: float
    filter: str
    neutral_density: str

    def of_dit(self, frame: Frame) -> bool:
        """Tell whether it has the DIT of a frame."""
        return abs(self.dit - frame.dit) <= _DIT_TOLERANCE * frame.dit

    def of_setting(self, frame: Frame) -> bool:
        """Tell whether DIT, filter and neutral density are a frame's, as far as they count."""
        return (
            self.of_dit(frame)
            and self.filter in ("", frame.filter)
            and self.neutral_density in ("", frame.neutral_density)
        )


def read_backgrounds(files: dict[str, list[Path]], side: int) -> list[Background]:
    """Return the backgrounds a SOF names, in its order within a type, the best type first.

    Raises
    ------
    ValueError
        When one has another size or no DIT.
    """
    found = []
    for frame_type in TYPES:
        for path in files.get(frame_type, []):
            image, header = read_image(path, side)
            image = np.nan_to_num(image)  # no numbers only where the bad-pixel map says so
            dit = header.get("ESO DET SEQ1 DIT")
            if not isinstance(dit, int | float) or not dit > 0:
                raise ValueError(f"{path.name}: no ESO DET SEQ1 DIT")
            dark = frame_type == "IRD_MASTER_DARK"
            setting = [
                "" if dark else str(header.get(key, "")).strip()
                for key in ("ESO INS COMB IFLT", "ESO INS4 FILT2 NAME")
            ]
            found.append(Background(path.name, frame_type, image, float(dit), *setting))
    return found


def assign(
    found: list[Background], science: Frame, flux: Frame | None
) -> tuple[Background | None, Background | None]:
    """Return the background of the science frames and that of the flux frames.

    Parameters
    ----------
    found : list of Background
        At most one for each.
    science, flux : Frame
        One of each; no flux frame is None.

    Notes
    -----
    Two roles may have one frame type. The one of the same DIT, filter and neutral density is
    taken, else that of the same DIT, else what is left over, science first.
    """
    ours = _best(found, science)
    if flux is None:
        return ours or (found[0] if found else None), None
    theirs = _best(found, flux)
    left = [one for one in found if one is not ours and one is not theirs]
    if ours is None and left:
        ours = left.pop(0)
    if theirs is None and left:
        theirs = left.pop(0)
    return ours, theirs


def _best(found: list[Background], frame: Frame) -> Background | None:
    fitting = [one for one in found if one.of_setting(frame)]
    fitting += [one for one in found if one.of_dit(frame)]
    return fitting[0] if fitting else None


def level(one: Background | None, frame: Frame, scaled: bool) -> Floats | float:
    """Return what is subtracted from each plane of a frame, 0 without a background.

    Parameters
    ----------
    one : Background or None
        To subtract.
    frame : Frame
        From which.
    scaled : bool
        One of another DIT is scaled.

    Raises
    ------
    ValueError
        When the filter differs, or the DIT does and must not be scaled.
    """
    if one is None:
        return 0.0
    if one.filter not in ("", frame.filter):
        raise ValueError(f"{one.name}: filter {one.filter}, {frame.path.name} has {frame.filter}")
    if one.of_dit(frame):
        return one.image
    if not scaled:
        raise ValueError(
            f"{one.name}: DIT {one.dit:g} s, {frame.path.name} has {frame.dit:g} s; "
            "scale_background=true takes it times the ratio"
        )
    return one.image * (frame.dit / one.dit)
