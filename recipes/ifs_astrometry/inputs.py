"""The inputs of the recipe: raw frames, spectra positions, reference list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from extract import Trace, extract
from field import Complex, Floats, sky_plane
from frames import prism_of, read_image

RAW = "IFS_ASTROMETRY_RAW"
SPECPOS = "IFS_SPECPOS"
REFERENCE = "ASTROMETRY_REFERENCE"


@dataclass(frozen=True)
class Reference:
    """The list of a field, brightest first.

    Attributes
    ----------
    name : list of str
        Of each star.
    sky : ndarray of complex, shape (m,)
        -east + i north, mas.
    """

    name: list[str]
    sky: Complex


def one(files: dict[str, list[Path]], frame_type: str) -> Path:
    """Return the only file of a frame type.

    Raises
    ------
    ValueError
        When there is none, or more than one.
    """
    paths = files.get(frame_type, [])
    if len(paths) != 1:
        raise ValueError(f"the SOF names {len(paths)} {frame_type}, not one")
    return paths[0]


def read_trace(path: Path) -> tuple[Trace, str]:
    """Return where the spectra lie, and the prism they were made with."""
    with fits.open(path, memmap=False) as units:
        table, header = units["SPECPOS"].data, units[0].header
        return Trace(
            i=np.asarray(table["I"], int),
            j=np.asarray(table["J"], int),
            x=np.asarray(table["X"], float),
            y=np.asarray(table["Y"], float),
            length=int(np.max(table["LENGTH"])),
            valid=np.asarray(table["VALID"], bool),
        ), prism_of(header)


def read_reference(path: Path) -> Reference:
    """Return the reference list.

    Raises
    ------
    ValueError
        When a coordinate is not a number.
    """
    with fits.open(path, memmap=False) as units:
        table = units["STARS"].data
        sky = sky_plane(np.asarray(table["EAST"], float), np.asarray(table["NORTH"], float))
        order = np.argsort(np.asarray(table["MAG"], float), kind="stable")
        names = [str(table["ID"][n]) for n in order]
    if not np.isfinite(sky).all():
        raise ValueError(f"{path.name}: a coordinate is not a number")
    return Reference(names, sky[order])


def read_lenslets(
    paths: list[Path], trace: Trace, prism: str
) -> tuple[Floats, Floats, fits.Header]:
    """Return each lenslet's mean flux over the frames, its variance, the first header.

    Raises
    ------
    ValueError
        When there is no frame, the prisms differ, or the derotator did not keep north fixed.
    """
    if not paths:
        raise ValueError(f"no {RAW} in the SOF")
    fluxes, variances, headers = [], [], []
    for path in paths:
        image, header = read_image(path)
        _check(path, image, header, prism)
        flux, variance = extract(image, trace, float(header.get("ESO DET CHIP1 GAIN", 1.8)))
        fluxes.append(flux)
        variances.append(variance)
        headers.append(header)
    return np.mean(fluxes, axis=0), np.mean(variances, axis=0) / len(paths), headers[0]


def _check(path: Path, image: Floats, header: fits.Header, prism: str) -> None:
    if min(image.shape) < 512:
        raise ValueError(f"{path.name}: not a full detector frame {image.shape}")
    if prism_of(header) != prism:
        raise ValueError(f"{path.name}: prism {prism_of(header)}, but SPECPOS is of {prism}")
    if header.get("ESO INS4 DROT2 MODE", "SKY") != "SKY":
        raise ValueError(f"{path.name}: the derotator was not in field mode, north turns")
    turned = float(header.get("ESO INS4 DROT2 POSANG", 0.0))
    if abs(turned) > 0.001:
        raise ValueError(f"{path.name}: the field is turned by {turned:g} degrees (DROT2 POSANG)")
