"""The star brought to the middle of odd, square frames."""

from __future__ import annotations

import numpy as np
from frames import Floats
from scipy.ndimage import gaussian_filter
from square import finite, middle, odd_side
from vip_hci.preproc import cube_recenter_2dfit

_MARGIN = 8


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
    kept = odd_side(cube.shape, side)
    cube = middle(cube, odd_side(cube.shape, kept + 2 * _MARGIN))
    finite(cube, "the cube")
    shifts = np.zeros((len(cube), 2))
    if how != "none":
        cube, shifts = _recentre(cube, fwhm, negative=how == "gauss_negative")
    return middle(cube, kept), shifts


def _recentre(cube: Floats, fwhm: float, *, negative: bool) -> tuple[Floats, Floats]:
    half = cube.shape[-1] // 2
    # a vortex's hole is narrow, its rim bright and what lies beyond it dark again
    reach = round(fwhm / 2) if negative else round(fwhm)
    mean = gaussian_filter(np.median(cube, axis=0), fwhm / 5)
    near = mean[half - reach : half + reach + 1, half - reach : half + reach + 1]
    peak = near.argmin() if negative else near.argmax()
    y, x = np.unravel_index(peak, near.shape)
    found, dy, dx = cube_recenter_2dfit(
        cube,
        xy=(int(x) + half - reach, int(y) + half - reach),
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
