"""What headers write in the place of a star's name."""

from __future__ import annotations

import re

_INSIDE = frozenset(
    {"DARK", "BIAS", "FLAT", "LAMP", "WAVE", "SPECPOS", "DISTORT", "DISTORTION", "BACKGROUND",
     "LINEARITY", "GAIN", "DOME", "PINHOLE", "FIBRE", "FIBER", "INSTRUMENT"}
)  # fmt: skip
_ON_SKY = frozenset(
    {"STD", "SKY", "OBJECT", "CENTER", "FLUX", "ASTROMETRY", "ACQUISITION", "CALIB", "CALIBRATION",
     "SCIENCE", "TEST", "NAME", "NOT", "SET", "NONE", "UNKNOWN", "UNDEFINED", "N", "A", "AO",
     "OTHER", "PHOTOMETRY", "STANDARD", "TARGET", "STAR", "NO", "PSF", "TWILIGHT", "CORO",
     "POLARIMETRY", "ZENITH", "FIELD", "NULL", "NAN"}
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+")


def is_inside(target: str) -> bool:
    """Tell whether a name says that the light came from inside the instrument.

    Parameters
    ----------
    target : str
        OBJECT or OBS TARG NAME: ``DARK``, ``FLAT,LAMP`` ...

    Returns
    -------
    bool
    """
    words = _words(target)
    return bool(words & _INSIDE) and words <= _INSIDE | _ON_SKY


def is_label(target: str) -> bool:
    """Tell whether a name is none of a star: ``Object name not set``, ``STD``, ``FLAT,LAMP``.

    Parameters
    ----------
    target : str
        OBJECT or OBS TARG NAME.

    Returns
    -------
    bool
    """
    return _words(target) <= _INSIDE | _ON_SKY


def _words(target: str) -> frozenset[str]:
    return frozenset(_WORD.findall(target.upper()))
