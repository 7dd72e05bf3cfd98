"""Reading the cube, the PSF and the angles named in a SOF."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_FRAMES = 5
_ROLES = {
    "cube": "_SCIENCE_REDUCED_MASTER_CUBE",
    "psf": "_SCIENCE_PSF_MASTER_CUBE",
    "angles": "_SCIENCE_PARA_ROTATION_CUBE",
}


@dataclass(frozen=True)
class Sequence:
    """An ADI sequence as it was observed.

    Attributes
    ----------
    cube : ndarray, shape (frames, rows, columns)
        Images of one wavelength.
    psf : ndarray, shape (rows, columns)
        The star off the coronagraph.
    angles : ndarray, shape (frames,)
        As the file gives them, degrees, but without jumps by 360: VIP takes their range for the
        field rotation.
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


def read_sequence(sof: Path, channel: int) -> Sequence:
    """Read the three files of a SOF.

    Parameters
    ----------
    sof : pathlib.Path
        Lines ``path FRAME_TYPE``.
    channel : int
        Wavelength of a 4-D cube, first 0.

    Returns
    -------
    Sequence

    Raises
    ------
    ValueError
        When a file is missing, or they do not fit together.
    """
    paths = _read_sof(sof)
    raw, header = _read(paths["cube"])
    cube = _wavelength(raw, channel, paths["cube"].name)
    wavelengths = raw.shape[0] if raw.ndim == 4 else 1
    psf = _psf(_read(paths["psf"])[0], channel, wavelengths, paths["psf"].name)
    angles = _read(paths["angles"])[0].squeeze()
    name = paths["angles"].name
    if angles.ndim != 1 or angles.size != len(cube):
        raise ValueError(f"{name}: angles {angles.shape} for a cube of {len(cube)} frames")
    if not np.isfinite(angles).all():
        raise ValueError(f"{name}: some angles are no numbers")
    if len(cube) < LEAST_FRAMES:
        raise ValueError(f"{paths['cube'].name}: {len(cube)} frames, {LEAST_FRAMES} are needed")
    names = {role: path.name for role, path in paths.items()}
    return Sequence(cube, psf, np.unwrap(angles, period=360), header, names)


def _read_sof(sof: Path) -> dict[str, Path]:
    paths: dict[str, Path] = {}
    for number, line in enumerate(sof.read_text(encoding="utf-8").splitlines(), 1):
        path, _, frame_type = line.strip().rpartition(" ")
        role = next((r for r, end in _ROLES.items() if frame_type.endswith(end)), None)
        if not line.strip():
            continue
        if not path or role is None:
            raise ValueError(f"{sof.name}:{number}: not 'path FRAME_TYPE' of a cube, PSF or angles")
        if role in paths:
            raise ValueError(f"{sof.name}:{number}: a second {role}; one of each is reduced")
        paths[role] = Path(path.strip())
    for role, end in _ROLES.items():
        if role not in paths:
            raise ValueError(f"{sof.name}: no *{end}")
    return paths


def _read(path: Path) -> tuple[Floats, fits.Header]:
    """Return the first image of a file as native floats, and its header."""
    with fits.open(path, memmap=False) as units:
        for unit in units:
            if unit.is_image and unit.data is not None:
                return unit.data.astype(np.float64), unit.header.copy()
    raise ValueError(f"{path.name}: no image in it")


def _wavelength(cube: Floats, channel: int, name: str) -> Floats:
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
        data = _wavelength(data if data.ndim == 4 else data[:, None], channel, name)
    if data.ndim == 3:
        data = np.median(data, axis=0)
    if data.ndim != 2 or not np.isfinite(data).all():
        raise ValueError(f"{name}: no PSF of numbers in it {data.shape}")
    return data
