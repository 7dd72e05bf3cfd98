"""Strehl ratios: of a PSF, and of a coronagraphic frame by its halo."""

from __future__ import annotations

import numpy as np
from astropy.io import fits
from frames import Floats
from scipy.special import j1

_DIAMETER_M, _OBSTRUCTION = 8.0, 0.14
_FINE = 7
_RAD_PER_MAS = np.pi / 180 / 3.6e6


def perfect_peak(wavelength: float, scale: float) -> float:
    """Return the share of a star's light in its brightest pixel without any aberration.

    Parameters
    ----------
    wavelength : float
        Micron.
    scale : float
        mas a pixel.
    """
    steps = (np.arange(_FINE) - _FINE // 2) / _FINE * scale * _RAD_PER_MAS
    radius = np.hypot(*np.meshgrid(steps, steps))
    wave = wavelength * 1e-6
    area = np.pi / 4 * _DIAMETER_M**2 * (1 - _OBSTRUCTION**2)
    density = area / wave**2 * _pattern(np.pi * _DIAMETER_M * radius / wave)
    return float(density.mean() * (scale * _RAD_PER_MAS) ** 2)


def _pattern(x: Floats) -> Floats:
    """Return the intensity of an aperture with a central obstruction, 1 on the axis."""
    inner = _OBSTRUCTION
    amplitude = (_airy(x) - inner**2 * _airy(inner * x)) / (1 - inner**2)
    return np.asarray(amplitude**2)


def _airy(x: Floats) -> Floats:
    far = np.where(x > 1e-6, x, 1.0)
    return np.where(x > 1e-6, 2 * j1(far) / far, 1.0)


def of_psf(psf: Floats, wavelength: float, scale: float) -> float:
    """Return the Strehl ratio of a PSF, its light beyond the image not counted.

    Parameters
    ----------
    psf : ndarray, shape (side, side)
        Odd side, background subtracted, the star on the middle pixel.
    wavelength : float
        Micron.
    scale : float
        mas a pixel.

    Returns
    -------
    float
        NaN when there is no light.
    """
    middle, total = len(psf) // 2, float(psf.sum())
    if not total > 0:
        return float("nan")
    return float(psf[middle, middle] / total / perfect_peak(wavelength, scale))


def told(headers: list[fits.Header]) -> float:
    """Return the mean of ``SRMEAN`` where headers have it, else NaN; raw frames have none."""
    values = [one.get("SRMEAN") for one in headers]
    known = [float(v) for v in values if isinstance(v, int | float) and 0 < v <= 1]
    return float(np.mean(known)) if known else float("nan")


def of_frames(halo: Floats, psf: float) -> Floats:
    """Return the Strehl ratio of coronagraphic frames.

    Parameters
    ----------
    halo : ndarray, shape (frames,)
        Light in the halo, relative to the median.
    psf : float
        Strehl ratio of the PSF.

    Returns
    -------
    ndarray, shape (frames,)
        1 - (1 - psf) halo, not below 0: what is not in the core is in the halo.
    """
    return np.asarray(np.clip(1 - (1 - psf) * halo, 0.0, 1.0))
