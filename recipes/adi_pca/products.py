"""Products: maps and tables as FITS files with their quality."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from astropy.io import fits
from detect import Sky
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
    others = [name for role, name in sequence.names.items() if role != "cube"]
    for n, name in enumerate(others, 1):
        header[f"HIERARCH ESO PRO REC1 CAL{n} NAME"] = name
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
