"""The products: fit with residual table, resampled image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits
from field import Floats, sky_plane
from inputs import Reference
from numpy.typing import NDArray
from solution import Solution
from stars import Stars

_COPIED = (
    "INSTRUME", "OBJECT", "RA", "DEC", "DATE-OBS", "MJD-OBS", "ESO SEQ ARM", "ESO OBS ID",
    "ESO OBS TARG NAME", "ESO OBS PROG ID", "ESO TPL START", "ESO INS2 COMB IFS",
    "ESO INS COMB ICOR", "ESO INS4 FILT2 NAME", "ESO DET SEQ1 DIT", "ESO TEL AIRM START",
    "ESO TEL AMBI FWHM START", "ESO TEL AMBI TAU0",
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A measured field.

    Attributes
    ----------
    image : ndarray, shape (m, m)
        Resampled, NaN outside.
    stars : Stars
        All that were found.
    reference : Reference
        The list.
    found, listed : ndarray of int, shape (k,)
        Indices of the matched stars in both.
    error : ndarray, shape (k,)
        Of either coordinate, pixels, with the floor.
    solution : Solution
        Of the matched stars.
    fwhm : float
        Core of the PSF, pixels.
    header : astropy.io.fits.Header
        Of the first frame.
    raw : list of pathlib.Path
        The frames.
    """

    image: Floats
    stars: Stars
    reference: Reference
    found: NDArray[np.int64]
    listed: NDArray[np.int64]
    error: Floats
    solution: Solution
    fwhm: float
    header: fits.Header
    raw: list[Path]

    def expected(self) -> NDArray[np.complex128]:
        """Return where all stars of the list should be, pixels."""
        fit = self.solution
        turn = np.exp(-1j * np.deg2rad(fit.true_north)) / fit.plate_scale
        return fit.centre + turn * self.reference.sky


def qc(field: Field) -> dict[str, int | float]:
    """Return the QC numbers."""
    fit = field.solution
    return {
        "QC PLATE SCALE": round(fit.plate_scale, 6),
        "QC PLATE SCALE ERR": round(fit.plate_scale_error, 6),
        "QC TRUE NORTH": round(fit.true_north, 5),
        "QC TRUE NORTH ERR": round(fit.true_north_error, 5),
        "QC NSTARS": int(fit.used.sum()),
        "QC NDETECTED": len(field.stars),
        "QC RESIDUAL RMS": round(fit.rms, 4),
        "QC CHI2": round(fit.chi_squared, 4),
        "QC FWHM": round(field.fwhm, 4),
        "QC CENTRE X": round(fit.centre.real, 4),
        "QC CENTRE Y": round(fit.centre.imag, 4),
    }


def write_fit(path: Path, field: Field) -> None:
    """Write plate scale and true north, with one table row for each matched star."""
    fit = field.solution
    u, v = field.stars.u[field.found], field.stars.v[field.found]
    sky = field.reference.sky[field.listed]
    on_sky = fit.residual * fit.plate_scale * np.exp(1j * np.deg2rad(fit.true_north))
    columns = [
        fits.Column("ID", "8A", array=[field.reference.name[n] for n in field.listed]),
        fits.Column("EAST", "D", unit="mas", array=-sky.real),
        fits.Column("NORTH", "D", unit="mas", array=sky.imag),
        fits.Column("U", "D", unit="pixel", array=u),
        fits.Column("V", "D", unit="pixel", array=v),
        fits.Column("ERROR", "D", unit="pixel", array=field.error),
        fits.Column("FLUX", "D", unit="adu", array=field.stars.flux[field.found]),
        fits.Column("SNR", "E", array=field.stars.snr[field.found]),
        fits.Column("RES_EAST", "D", unit="mas", array=-on_sky.real),
        fits.Column("RES_NORTH", "D", unit="mas", array=on_sky.imag),
        fits.Column("USED", "L", array=fit.used),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="RESIDUALS")
    primary = fits.PrimaryHDU(header=_header(field, "IFS_ASTROMETRY"))
    fits.HDUList([primary, table]).writeto(path, overwrite=True)


def write_image(path: Path, field: Field) -> None:
    """Write the resampled field with its fitted coordinate system."""
    header = _header(field, "IFS_ASTROMETRY_IMAGE")
    fit, middle = field.solution, field.image.shape[0] // 2 + 1
    step = fit.plate_scale / 3.6e6
    turn = np.deg2rad(fit.true_north)
    header["BUNIT"] = "adu"
    for key, value in {
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "CRVAL1": float(header.get("RA", 0.0)),
        "CRVAL2": float(header.get("DEC", 0.0)),
        "CRPIX1": middle + fit.centre.real,
        "CRPIX2": middle + fit.centre.imag,
        "CD1_1": -step * np.cos(turn),
        "CD1_2": step * np.sin(turn),
        "CD2_1": step * np.sin(turn),
        "CD2_2": step * np.cos(turn),
    }.items():
        header[key] = value
    fits.PrimaryHDU(field.image.astype(np.float32), header).writeto(path, overwrite=True)


def _header(field: Field, frame_type: str) -> fits.Header:
    header = fits.Header()
    for key in _COPIED:
        if key in field.header:
            name = f"HIERARCH {key}" if key.startswith("ESO ") else key
            header[name] = field.header[key]
    header["HIERARCH ESO PRO CATG"] = frame_type
    for number, path in enumerate(field.raw, 1):
        header[f"HIERARCH ESO PRO REC1 RAW{number} NAME"] = path.name
    for key, value in qc(field).items():
        header[f"HIERARCH ESO {key}"] = value
    return header


def expected_in_image(east: Floats, north: Floats, fit: Solution) -> NDArray[np.complex128]:
    """Return where offsets on the sky (mas) lie in the image, pixels from its centre."""
    turn = np.exp(-1j * np.deg2rad(fit.true_north)) / fit.plate_scale
    return fit.centre + turn * sky_plane(east, north)
