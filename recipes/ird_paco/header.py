"""The primary header of a product."""

from __future__ import annotations

from collections.abc import Mapping

from astropy.io import fits

_COPIED = (
    "INSTRUME", "OBJECT", "RA", "DEC", "DATE-OBS", "MJD-OBS", "ESO SEQ ARM", "ESO OBS ID",
    "ESO OBS TARG NAME", "ESO TPL START", "ESO INS COMB ICOR", "ESO INS COMB IFLT",
    "ESO INS1 FILT NAME", "ESO INS1 OPTI2 NAME", "ESO DET SEQ1 DIT",
)  # fmt: skip
# no longer name fits beside its keyword
_LONGEST = 40


def primary(
    source: fits.Header,
    names: Mapping[str, str],
    frame_type: str,
    quality: Mapping[str, int | float],
) -> fits.Header:
    """Return the primary header of a product.

    Parameters
    ----------
    source : astropy.io.fits.Header
        Of the cube.
    names : mapping of str to str
        File name by role, ``cube`` among them.
    frame_type : str
        What it is.
    quality : mapping of str to number
        ``QC ...`` keywords.
    """
    header = fits.Header()
    for key in _COPIED:
        if isinstance(source.get(key), str | int | float):
            header[f"HIERARCH {key}" if key.startswith("ESO ") else key] = source[key]
    header["HIERARCH ESO PRO CATG"] = frame_type
    header["HIERARCH ESO PRO REC1 RAW1 NAME"] = names["cube"][-_LONGEST:]
    others = [name for role, name in names.items() if role != "cube"]
    for n, name in enumerate(others, 1):
        header[f"HIERARCH ESO PRO REC1 CAL{n} NAME"] = name[-_LONGEST:]
    for key, value in quality.items():
        header[f"HIERARCH ESO {key}"] = value
    return header
