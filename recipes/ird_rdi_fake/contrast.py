"""How faint a planet would have been seen."""

from __future__ import annotations

import numpy as np
from frames import Floats
from scipy.stats import norm, t
from vip_hci.metrics import noise_per_annulus


def noise_at(residual: Floats, fwhm: float, first: float) -> tuple[Floats, Floats]:
    """Return separations, pixel by pixel, and the scatter of apertures there.

    Parameters
    ----------
    residual : ndarray, shape (n, n)
        Map without planets.
    fwhm : float
        Pixels.
    first : float
        Least separation, pixels.
    """
    noise, _, radii = noise_per_annulus(residual, separation=1, fwhm=fwhm, init_rad=first)
    return np.asarray(radii, dtype=float), np.asarray(noise, dtype=float)


def curve(
    radii: Floats, noise: Floats, throughput: Floats, fwhm: float, sigma: float, star: float
) -> dict[str, Floats]:
    """Return the contrast by separation.

    Parameters
    ----------
    radii, noise, throughput : ndarray
        Pixels, counts, part of a planet's flux that is left.
    fwhm : float
        Pixels.
    sigma : float
        How many standard deviations a planet is seen at.
    star : float
        Counts of the star in an aperture one FWHM wide.

    Returns
    -------
    dict of str to ndarray
        ``radius``, ``gauss``, ``student`` (contrast without and with the small-sample penalty),
        ``throughput``, ``noise``.

    References
    ----------
    Mawet et al. 2014, ApJ 792, 97: equations 9 and 10.
    """
    with np.errstate(divide="ignore"):
        gauss = np.where(throughput > 0, noise / throughput, np.inf) / star
    apertures = np.floor(2 * np.pi * radii / fwhm)
    few = t.isf(norm.sf(sigma), apertures - 1) * np.sqrt(1 + 1 / apertures)
    return {
        "radius": radii,
        "gauss": sigma * gauss,
        "student": few * gauss,
        "throughput": throughput,
        "noise": noise,
    }


def at(found: dict[str, Floats], radius: float) -> float | None:
    """Return the contrast at a separation in pixels, None outside the curve."""
    known = np.isfinite(found["student"])
    radii = found["radius"][known]
    if radii.size == 0 or not radii.min() <= radius <= radii.max():
        return None
    return float(np.interp(radius, radii, found["student"][known]))
