"""Products: maps and tables as FITS files with their quality."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from astropy.io import fits
from detect import Detection, Sky
from forward import Model, on_sky
from frames import Floats, Sequence

_COPIED = (
    "INSTRUME", "OBJECT", "DATE-OBS", "MJD-OBS", "ESO OBS ID", "ESO OBS TARG NAME",
    "ESO TPL START", "ESO INS COMB ICOR", "ESO INS COMB IFLT", "ESO INS1 FILT NAME",
    "ESO DET SEQ1 DIT",
)  # fmt: skip
Quality = Mapping[str, int | float]


def primary(sequence: Sequence, frame_type: str, quality: Quality) -> fits.Header:
    """Return the primary header of a product.

    Parameters
    ----------
    sequence : Sequence
        What it is made from.
    frame_type : str
        What it is.
    quality : mapping of str to number
        ``QC ...`` keywords.
    """
    header = fits.Header()
    for key in _COPIED:
        if key in sequence.header:
            header[f"HIERARCH {key}" if key.startswith("ESO ") else key] = sequence.header[key]
    header["HIERARCH ESO PRO CATG"] = frame_type
    header["HIERARCH ESO PRO REC1 RAW1 NAME"] = sequence.names["cube"]
    header["HIERARCH ESO PRO REC1 CAL1 NAME"] = sequence.names["psf"]
    header["HIERARCH ESO PRO REC1 CAL2 NAME"] = sequence.names["angles"]
    for key, value in quality.items():
        header[f"HIERARCH ESO {key}"] = value
    return header


def write_map(path: Path, image: Floats, header: fits.Header, sky: Sky) -> None:
    """Write a map, north up and east left, with its plate scale.

    Parameters
    ----------
    path : pathlib.Path
        To write.
    image : ndarray, shape (n, n)
        The map.
    header : astropy.io.fits.Header
        Of `primary`.
    sky : Sky
        Orientation.
    """
    middle = sky.side // 2 + 1
    header = header.copy()
    for axis, name, sign in ((1, "DX", -1), (2, "DY", 1)):
        header[f"CTYPE{axis}"] = ("LINEAR", f"offset from the star, {name}")
        header[f"CUNIT{axis}"] = "arcsec"
        header[f"CRPIX{axis}"] = (float(middle), "the star")
        header[f"CRVAL{axis}"] = 0.0
        header[f"CDELT{axis}"] = sign * sky.scale / 1000
    fits.PrimaryHDU(image.astype(np.float32), header).writeto(path, overwrite=True)


def write_table(
    path: Path, name: str, columns: list[tuple[str, str, Floats]], header: fits.Header
) -> None:
    """Write a table of numbers.

    Parameters
    ----------
    path : pathlib.Path
        To write.
    name : str
        Of the extension.
    columns : list of tuple
        Name, unit and values of each column.
    header : astropy.io.fits.Header
        Of `primary`.
    """
    made = [fits.Column(n, "D", unit=unit or None, array=values) for n, unit, values in columns]
    table = fits.BinTableHDU.from_columns(made, name=name)
    fits.HDUList([fits.PrimaryHDU(header=header), table]).writeto(path, overwrite=True)


def detection_columns(
    found: list[Detection], models: list[Model | None], sky: Sky, star: float
) -> list[tuple[str, str, Floats]]:
    """Return the columns of the detections, one row a detection, S/N falling.

    Parameters
    ----------
    found : list of Detection
        What was found.
    models : list of Model or None
        Of each.
    sky : Sky
        Orientation.
    star : float
        Counts of the star.
    """
    rows = []
    for one, model in zip(found, models, strict=True):
        row = [*sky.polar(one.x, one.y), one.snr, one.x, one.y, *sky.polar(one.snr_x, one.snr_y)]
        if model is None:
            row += [np.nan] * 8
        else:
            flux, error = model.flux, model.errors[2]
            row += [*on_sky(model, sky), flux, error, flux / star, error / star]
        rows.append(row)
    names = (
        ("SEPARATION", "mas"), ("PA", "deg"), ("SNR", ""), ("X", "pixel"), ("Y", "pixel"),
        ("SNR_MAP_SEPARATION", "mas"), ("SNR_MAP_PA", "deg"),
        ("FM_SEPARATION", "mas"), ("FM_SEPARATION_ERR", "mas"), ("FM_PA", "deg"),
        ("FM_PA_ERR", "deg"), ("FM_FLUX", "adu"), ("FM_FLUX_ERR", "adu"),
        ("FM_CONTRAST", ""), ("FM_CONTRAST_ERR", ""),
    )  # fmt: skip
    values = np.array(rows, dtype=float).reshape(len(rows), len(names))
    return [(name, unit, values[:, n]) for n, (name, unit) in enumerate(names)]
