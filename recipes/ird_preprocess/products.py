"""The products with the cards that matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import ArrayLike

Quality = Mapping[str, int | float]
_COPIED = (
    "ORIGIN", "TELESCOP", "INSTRUME", "OBJECT", "RA", "DEC", "EQUINOX", "EXPTIME", "MJD-OBS",
    "DATE-OBS", "ESO DPR CATG", "ESO DPR TYPE", "ESO DPR TECH", "ESO SEQ ARM", "ESO OBS ID",
    "ESO OBS NAME", "ESO OBS TARG NAME", "ESO OBS PROG ID", "ESO TPL ID", "ESO TPL START",
    "ESO TEL AIRM START", "ESO TEL AMBI FWHM START", "ESO TEL AMBI FWHM END", "ESO TEL AMBI TAU0",
    "ESO TEL PARANG START", "ESO INS COMB ICOR", "ESO INS COMB IFLT", "ESO INS1 FILT NAME",
    "ESO INS1 OPTI1 NAME", "ESO INS1 OPTI2 NAME", "ESO INS4 FILT2 NAME", "ESO INS4 DROT2 MODE",
    "ESO DET ID", "ESO DET SEQ1 DIT", "ESO DET NDIT",
)  # fmt: skip


def header(
    first: fits.Header, frame_type: str, raw: Sequence[Path], calibrations: Sequence[Path]
) -> fits.Header:
    """Return the primary header of a product.

    Parameters
    ----------
    first : astropy.io.fits.Header
        Of the first frame it is made of.
    frame_type : str
        What it is.
    raw, calibrations : sequence of pathlib.Path
        What it is made of.
    """
    made = fits.Header()
    for key in _COPIED:
        value = first.get(key)
        if isinstance(value, str | int | float):
            made[f"HIERARCH {key}" if key.startswith("ESO ") else key] = value
    made["HIERARCH ESO PRO CATG"] = frame_type
    for word, paths in (("RAW", raw), ("CAL", calibrations)):
        for number, path in enumerate(paths, 1):
            # a card holds no longer name beside its keyword
            made[f"HIERARCH ESO PRO REC1 {word}{number} NAME"] = path.name[-40:]
    return made


def put(into: fits.Header, cards: Mapping[str, tuple[str | int | float, str]]) -> None:
    """Put ``ESO ...`` cards with their comments into a header; no number, no card."""
    for key, (value, comment) in cards.items():
        if not isinstance(value, float) or np.isfinite(value):
            into[f"HIERARCH {key}" if key.startswith("ESO ") else key] = (value, comment)


def put_quality(into: fits.Header, quality: Quality) -> None:
    """Put ``QC ...`` numbers into a header; what was not measured is left out."""
    for key, value in quality.items():
        if np.isfinite(value):
            into[f"HIERARCH ESO {key}"] = value


def write(
    path: Path,
    image: ArrayLike,
    head: fits.Header,
    columns: Mapping[str, tuple[str, str, ArrayLike]] | None = None,
) -> None:
    """Write an image, and a table FRAMES beside it.

    Parameters
    ----------
    path : pathlib.Path
        To write.
    image : array_like
        Primary unit.
    head : astropy.io.fits.Header
        Of it.
    columns : mapping of str to tuple, optional
        By name: format, unit, values.
    """
    units = [fits.PrimaryHDU(np.asarray(image), head)]
    if columns:
        made = [
            fits.Column(name, form, unit=unit or None, array=np.asarray(values))
            for name, (form, unit, values) in columns.items()
        ]
        units.append(fits.BinTableHDU.from_columns(made, name="FRAMES"))
    fits.HDUList(units).writeto(path, overwrite=True)
