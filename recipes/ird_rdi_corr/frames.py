"""Reading the cube, the PSF, the angles and the choice of frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_FRAMES = 5


@dataclass(frozen=True)
class Sequence:
    """An ADI sequence as it was observed.

    Attributes
    ----------
    cube : ndarray, shape (frames, rows, columns)
        Images of one wavelength, the good ones.
    psf : ndarray, shape (rows, columns)
        The star off the coronagraph.
    angles : ndarray, shape (frames,)
        Degrees, with the sign of position angles and without jumps by 360: VIP takes their range
        for the field rotation.
    header : astropy.io.fits.Header
        Of the cube.
    names : dict of str to str
        File name by role.
    """

    cube: Floats
    psf: Floats
    angles: Floats
    header: fits.Header
    names: dict[str, str]


def read_sequence(paths: Mapping[str, Path], channel: int, angle_sign: int) -> Sequence:
    """Read a sequence.

    Parameters
    ----------
    paths : mapping of str to pathlib.Path
        ``cube``, ``psf``, ``angles`` and, when frames are chosen, ``selection``.
    channel : int
        Wavelength of a 4-D cube, first 0.
    angle_sign : int
        -1 when the file holds minus the position angles.

    Returns
    -------
    Sequence

    Raises
    ------
    ValueError
        When the files do not fit together.
    """
    raw, header = read_image(paths["cube"])
    cube = of_channel(raw, channel, paths["cube"].name)
    wavelengths = raw.shape[0] if raw.ndim == 4 else 1
    psf = _psf(read_image(paths["psf"])[0], channel, wavelengths, paths["psf"].name)
    angles = _angles(paths["angles"], len(cube), angle_sign)
    if "selection" in paths:
        good = _good(paths["selection"], len(cube))
        cube, angles = cube[good], angles[good]
    if len(cube) < LEAST_FRAMES:
        raise ValueError(f"{paths['cube'].name}: {len(cube)} frames, {LEAST_FRAMES} are needed")
    names = {role: path.name for role, path in paths.items()}
    return Sequence(cube, psf, np.unwrap(angles, period=360), header, names)


def _angles(path: Path, frames: int, sign: int) -> Floats:
    """Return position angles; a file that says it holds them knows better than `sign`."""
    data, header = read_image(path)
    angles = data.squeeze()
    if angles.ndim != 1 or angles.size != frames:
        raise ValueError(f"{path.name}: angles {angles.shape} for a cube of {frames} frames")
    if not np.isfinite(angles).all():
        raise ValueError(f"{path.name}: some angles are no numbers")
    told = str(header.get("ESO PRO ANGLE CONV", ""))
    return angles if told.startswith("PA OF +Y") else sign * angles


def _good(path: Path, frames: int) -> NDArray[np.bool_]:
    """Return which frames are good."""
    vector = read_image(path)[0].squeeze()
    if vector.shape != (frames,):
        raise ValueError(f"{path.name}: a choice {vector.shape} for a cube of {frames} frames")
    if not np.isin(vector, (0, 1)).all():
        raise ValueError(f"{path.name}: neither 0 nor 1 in the choice of frames")
    return np.asarray(vector == 1)


def read_image(path: Path) -> tuple[Floats, fits.Header]:
    """Return the first image of a file as native floats, and its header."""
    with fits.open(path, memmap=False) as units:
        for unit in units:
            if unit.is_image and unit.data is not None:
                return unit.data.astype(np.float64), unit.header.copy()
    raise ValueError(f"{path.name}: no image in it")


def of_channel(cube: Floats, channel: int, name: str) -> Floats:
    """Return the frames of one wavelength of a 4-D cube, or a 3-D cube as it is."""
    if cube.ndim == 4:
        if channel >= len(cube):
            raise ValueError(f"{name}: no channel {channel}, it has {len(cube)}")
        return cube[channel]
    if cube.ndim != 3:
        raise ValueError(f"{name}: neither a 3-D nor a 4-D cube {cube.shape}")
    return cube


def _psf(data: Floats, channel: int, wavelengths: int, name: str) -> Floats:
    """Return one PSF: the channel's, the median of several exposures."""
    if data.ndim == 4 or (data.ndim == 3 and wavelengths > 1 and len(data) == wavelengths):
        data = of_channel(data if data.ndim == 4 else data[:, None], channel, name)
    if data.ndim == 3:
        data = np.median(data, axis=0)
    if data.ndim != 2 or not np.isfinite(data).all():
        raise ValueError(f"{name}: no PSF of numbers in it {data.shape}")
    return data
