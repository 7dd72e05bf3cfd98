"""The star brought to the middle of odd, square frames, and the PSF normalised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from frames import Floats
from scipy.ndimage import gaussian_filter
from vip_hci.fm import normalize_psf
from vip_hci.preproc import cube_recenter_2dfit

_MARGIN = 8
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
    psf = _middle(psf[None], side)[0]
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


def centred(cube: Floats, fwhm: float, how: str, side: int) -> tuple[Floats, Floats]:
    """Bring the star to the middle of every frame.

    Parameters
    ----------
    cube : ndarray, shape (frames, rows, columns)
        The star near the middle, VIP's convention: pixel N / 2 of an even side N.
    fwhm : float
        Pixels.
    how : {'none', 'gauss_negative', 'gauss'}
        What is at the star's place: nothing to fit, a vortex's dark hole, a bright core.
    side : int
        Side kept; 0 for all.

    Returns
    -------
    cube : ndarray, shape (frames, n, n)
        With n odd.
    shifts : ndarray, shape (frames, 2)
        x and y of what was done, pixels.

    Raises
    ------
    ValueError
        When pixels are no numbers or the fit runs away.
    """
    whole = min(cube.shape[1:])
    whole -= 1 - whole % 2
    kept = min(whole, side - 1 + side % 2) if side else whole
    cube = _middle(cube, min(whole, kept + 2 * _MARGIN))
    bad = int((~np.isfinite(cube)).sum())
    if bad:
        raise ValueError(f"the cube has {bad} pixels that are no numbers in the part that is used")
    shifts = np.zeros((len(cube), 2))
    if how != "none":
        cube, shifts = _recentre(cube, fwhm, negative=how == "gauss_negative")
    return _middle(cube, kept), shifts


def _recentre(cube: Floats, fwhm: float, *, negative: bool) -> tuple[Floats, Floats]:
    middle = cube.shape[-1] // 2
    # a vortex's hole is narrow, its rim bright and what lies beyond it dark again
    reach = round(fwhm / 2) if negative else round(fwhm)
    mean = gaussian_filter(np.median(cube, axis=0), fwhm / 5)
    near = mean[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
    peak = near.argmin() if negative else near.argmax()
    y, x = np.unravel_index(peak, near.shape)
    found, dy, dx = cube_recenter_2dfit(
        cube,
        xy=(int(x) + middle - reach, int(y) + middle - reach),
        fwhm=fwhm,
        subi_size=2 * int(fwhm / 2) + 1,
        model="gauss",
        negative=negative,
        nproc=1,
        full_output=True,
        verbose=False,
        debug=False,
        plot=False,
    )
    shifts = np.stack([dx, dy], axis=1)
    if not np.isfinite(shifts).all() or np.abs(shifts).max() > _MARGIN:
        raise ValueError("recentring finds no star in the middle; see --recentre")
    return found, shifts


def _middle(cube: Floats, side: int) -> Floats:
    """Cut a square of odd side around the middle pixel."""
    y, x = (n // 2 for n in cube.shape[1:])
    half = side // 2
    return np.ascontiguousarray(cube[:, y - half : y + half + 1, x - half : x + half + 1])
