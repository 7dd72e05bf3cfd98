"""The PSF, normalised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from frames import Floats
from square import middle
from vip_hci.fm import normalize_psf

_PSF_WIDTHS = 4


@dataclass(frozen=True)
class Psf:
    """The star off the coronagraph.

    Attributes
    ----------
    image : ndarray
        Centred, with flux 1 in an aperture one FWHM wide.
    fwhm : float
        Pixels.
    flux : float
        In that aperture, before it was normalised.
    """

    image: Floats
    fwhm: float
    flux: float


def normalise(psf: Floats, fwhm: float) -> Psf:
    """Centre the PSF and give it unit flux.

    Parameters
    ----------
    psf : ndarray
        As observed.
    fwhm : float
        Pixels; 0 to fit it.

    Returns
    -------
    Psf

    Raises
    ------
    ValueError
        When nothing like a star is fitted.
    """
    side = min(psf.shape) - 1 + min(psf.shape) % 2
    psf = middle(psf[None], side)[0]
    flux, width = _photometry(psf, fwhm)
    if not (np.isfinite(flux) and flux > 0 and 1 < width < side / 2):
        raise ValueError(f"the PSF looks like no star: FWHM {width:.1f} pixels, flux {flux:.3g}")
    size = min(side, 2 * round(_PSF_WIDTHS * width / 2) + 1)
    image = normalize_psf(psf, fwhm=width, size=size, verbose=False, debug=False)
    return Psf(np.asarray(image), width, flux)


def _photometry(psf: Floats, fwhm: float) -> tuple[float, float]:
    """Return flux in an aperture and FWHM; NaN where VIP's fit fails."""
    try:
        _, flux, fitted = normalize_psf(
            psf, fwhm=fwhm or "fit", verbose=False, full_output=True, debug=False
        )
    except ValueError:
        return np.nan, np.nan
    return float(flux), float(fwhm or np.mean(fitted))
