"""The negative companion that leaves the emptiest place in a sequence."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from frames import Floats
from psf import Psf
from vip_hci.fm import get_mu_and_sigma
from vip_hci.fm.negfc_fmerit import chisquare
from vip_hci.fm.negfc_simplex import firstguess_simplex

ROTATION = {"imlib": "opencv", "interpolation": "lanczos4"}
"""Hundreds of reductions: the quick way of turning frames."""
_SIMPLEX = {"xatol": 1e-2, "fatol": 1e-2, "maxiter": 60, "maxfev": 100}
# the simplex's first steps: pixels along and across the radius, part of the flux; the merit is
# rough, a narrow and a wide simplex seldom end in the same wrong place
_STEPS = ((0.5, 0.1), (1.0, 0.3))
_APERTURE = 1.5
WIDTH = 4
"""Of the annulus, FWHM."""
_STARTS, _AS_GOOD = 2, 2.0
_NOISE = 1.0
# what PCA leaves of a companion: between all and a fortieth; the well of the merit is 15 % wide
_FLUXES = np.geomspace(0.7, 40.0, 19)


def emptiest(
    cube: Floats, angles: Floats, psf: Psf, ncomp: int, at: tuple[float, float], left: float
) -> tuple[float, float, float] | None:
    """Return radius (pixels), angle (deg from x towards y) and flux; None when nothing is there.

    VIP's ``firstguess`` does the same, but its search of the flux ends after four rises, before
    the well of a companion that PCA nearly removes, and its simplex begins with a step of a
    twentieth of the angle: near 360 degrees that is another place.

    Parameters
    ----------
    cube : ndarray, shape (frames, n, n)
        Centred.
    angles : ndarray, shape (frames,)
        Degrees, without jumps.
    psf : Psf
        What is subtracted.
    ncomp : int
        Principal components, in an annulus.
    at : tuple of float
        x and y from the star, pixels, about where it is.
    left : float
        Its flux in the residual map.

    References
    ----------
    Wertz et al. 2017, A&A 598, A83; Christiaens et al. 2021, MNRAS 502, 6117 (the merit).
    """
    radius, angle = float(np.hypot(*at)), float(np.degrees(np.arctan2(at[1], at[0]))) % 360
    fixed = (psf.fwhm, round(WIDTH * psf.fwhm), _APERTURE)
    noise = get_mu_and_sigma(
        cube, angles, ncomp, fixed[1], _APERTURE, psf.fwhm, radius, angle, **ROTATION
    )
    how = {"mu_sigma": noise, **ROTATION}

    def merit(flux: float) -> float:
        place = (radius, angle)
        return float(
            chisquare((*place, flux), cube, angles, psf.image, *fixed, place, ncomp, **how)
        )

    solved = []
    for flux, (step, part) in product(_wells(merit, left * _FLUXES), _STEPS):
        first = np.array([radius, angle, flux])
        steps = np.diag([step, float(np.degrees(step / radius)), part * flux])
        options = _SIMPLEX | {"initial_simplex": np.vstack([first, first + steps])}
        solved.append(
            firstguess_simplex(
                tuple(first), cube, angles, psf.image, ncomp, *fixed, options=options, **how
            )
        )
    best = min(solved, key=lambda one: float(one.fun))
    gone = abs(_place(best.x[0], best.x[1]) - _place(radius, angle))
    # the merit is that of an aperture: who has left it, or left more than noise in it, is wrong
    if gone > psf.fwhm or best.fun > _NOISE:
        return None
    return float(best.x[0]), float(best.x[1]), float(best.x[2])


def _place(radius: float, angle: float) -> complex:
    return complex(radius * np.exp(1j * np.radians(angle)))


def _wells(merit: Callable[[float], float], fluxes: Floats) -> list[float]:
    """Return the fluxes at which the merit is least among its neighbours, the best first."""
    value = np.array([merit(flux) for flux in fluxes])
    beside = np.pad(value, 1, constant_values=np.inf)
    low = np.flatnonzero((value <= beside[:-2]) & (value <= beside[2:]))
    low = low[value[low] <= _AS_GOOD * value.min()]
    return [float(fluxes[n]) for n in low[np.argsort(value[low], kind="stable")][:_STARTS]]
