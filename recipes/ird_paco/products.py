"""Products: maps and tables as FITS files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from astropy.io import fits
from frames import Floats
from sky import Sky


def write_map(path: Path, image: Floats, header: fits.Header, sky: Sky) -> None:
    """Write a map, north up and east left, with its plate scale.

    Parameters
    ----------
    path : pathlib.Path
        To write.
    image : ndarray, shape (n, n)
        The map.
    header : astropy.io.fits.Header
        Its primary header.
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


def write_tables(
    path: Path, tables: Mapping[str, list[tuple[str, str, Floats]]], header: fits.Header
) -> None:
    """Write tables of numbers.

    Parameters
    ----------
    path : pathlib.Path
        To write.
    tables : mapping of str to list of tuple
        By name of extension: name, unit and values of each column.
    header : astropy.io.fits.Header
        Its primary header.
    """
    units = fits.HDUList([fits.PrimaryHDU(header=header)])
    for name, columns in tables.items():
        made = [fits.Column(n, "D", unit=unit or None, array=values) for n, unit, values in columns]
        units.append(fits.BinTableHDU.from_columns(made, name=name))
    units.writeto(path, overwrite=True)
