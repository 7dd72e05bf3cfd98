"""A small simulated ADI sequence: speckles that stay, companions that turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

SCALE = 10.0
FWHM = 4.0
STAR = 1e5
SIDE = 71


@dataclass(frozen=True)
class Companion:
    """A point source: separation (mas), position angle (deg), contrast to the star's peak."""

    separation: float
    angle: float
    contrast: float


def spot(x: float, y: float, side: int = SIDE) -> NDArray[np.float64]:
    """Return a Gaussian PSF of peak 1."""
    rows, columns = np.indices((side, side))
    return np.asarray(np.exp(-4 * np.log(2) * ((columns - x) ** 2 + (rows - y) ** 2) / FWHM**2))


def write(
    folder: Path,
    companions: Sequence[Companion],
    *,
    frames: int = 24,
    offset: float = 0.0,
    first: float = 100.0,
    side: int = SIDE,
) -> Path:
    """Write cube, PSF and angles with a SOF.

    Parameters
    ----------
    folder : pathlib.Path
        Where to.
    companions : sequence of Companion
        At these places on the sky.
    frames : int
        Of the cube, over 90 degrees.
    offset : float
        Degrees that must be added to the written angles.
    first : float
        Angle of the first frame, degrees; written between -180 and 180.
    side : int
        Of the frames, pixels.

    Returns
    -------
    pathlib.Path
        The SOF.
    """
    rng = np.random.default_rng(7)
    turns = first + np.linspace(0.0, 90.0, frames)
    middle = side // 2
    distance = np.hypot(*(axis - middle for axis in np.indices((side, side))))
    speckles = gaussian_filter(rng.normal(0, 1, (side, side)), FWHM / 2.355)
    halo = STAR * 0.01 * np.exp(-distance / 8) * (1 + 3 * speckles)
    cube = np.empty((frames, side, side))
    for n, turn in enumerate(turns):
        cube[n] = halo * (1 + rng.normal(0, 0.02)) + rng.normal(0, 3, halo.shape)
        for one in companions:
            # on the detector y points to position angle `turn`, x to 90 degrees less
            away = np.radians(one.angle - turn)
            radius = one.separation / SCALE
            x, y = middle - radius * np.sin(away), middle + radius * np.cos(away)
            cube[n] += STAR * one.contrast * spot(x, y, side)
    psf = STAR * spot(12, 12, 25) + rng.normal(0, 3, (25, 25))
    return write_files(folder, cube, psf, (turns - offset + 180) % 360 - 180)


def write_files(
    folder: Path,
    cube: NDArray[np.float64],
    psf: NDArray[np.float64],
    angles: NDArray[np.float64],
    selection: NDArray[np.uint8] | None = None,
) -> Path:
    """Write the arrays and the SOF that names them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, data, kind in (
        ("cube", cube, "SCIENCE_REDUCED_MASTER_CUBE"),
        ("psf", psf, "SCIENCE_PSF_MASTER_CUBE"),
        ("angles", angles, "SCIENCE_PARA_ROTATION_CUBE"),
        ("selection", selection, "FRAME_SELECTION_VECTOR"),
    ):
        if data is not None:
            fits.PrimaryHDU(data).writeto(folder / f"{name}.fits", overwrite=True)
            lines.append(f"{folder / name}.fits IRD_{kind}\n")
    sof = folder / "in.sof"
    sof.write_text("".join(lines), encoding="utf-8")
    return sof
