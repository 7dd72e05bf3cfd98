"""The reference list of an astrometric field as a FITS table."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from .exposure import Target
from .field import Field
from .headers import to_header


def write_reference(folder: Path, target: Target, field: Field, epoch: datetime) -> Path:
    """Write the reference stars of a field.

    Parameters
    ----------
    folder : pathlib.Path
        Where to write.
    target : Target
        The star the field is named after.
    field : Field
        Listed stars are written, in order of brightness.
    epoch : datetime.datetime
        When the offsets hold.

    Returns
    -------
    pathlib.Path
        ``reference_HR_100.fits``: a binary table ID, EAST, NORTH (mas), MAG.
    """
    from astropy.io import fits

    number = np.flatnonzero(field.listed)
    number = number[np.argsort(field.magnitude[number])]
    primary = fits.PrimaryHDU(
        header=to_header(
            [
                ("INSTRUME", "SPHERE", "Instrument it is for"),
                ("OBJECT", target.name, "Name of the field"),
                ("RA", target.ra, "[deg] centre, J2000"),
                ("DEC", target.dec, "[deg] centre, J2000"),
                ("DATE-OBS", epoch.isoformat(timespec="milliseconds"), "Epoch of the offsets"),
                ("SIMULATD", True, "Simulated by cobrex, not observed"),
                ("ESO SEQ ARM", "IFS", "Name of the sub-system."),
                ("ESO PRO CATG", "ASTROMETRY_REFERENCE", "Frame type"),
            ]
        )
    )
    columns = [
        fits.Column("ID", "8A", array=[f"R{n:02d}" for n in range(1, number.size + 1)]),
        fits.Column("EAST", "D", unit="mas", array=field.listed_east[number]),
        fits.Column("NORTH", "D", unit="mas", array=field.listed_north[number]),
        fits.Column("MAG", "E", unit="mag", array=field.magnitude[number]),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="STARS")
    path = folder / f"reference_{target.name.replace(' ', '_')}.fits"
    fits.HDUList([primary, table]).writeto(path)
    return path
