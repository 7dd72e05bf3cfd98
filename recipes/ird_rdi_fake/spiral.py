"""Known planets on a spiral: put in, looked for again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from frames import Floats
from photutils.aperture import CircularAperture, aperture_photometry
from psf import Psf
from rdi import ROTATION
from vip_hci.fm import cube_inject_companions

_GOLDEN = 137.50776405


@dataclass(frozen=True)
class Planets:
    """Planets that are put in.

    Attributes
    ----------
    radii, turns, fluxes : ndarray, shape (planets,)
        Pixels; degrees from x towards y on the derotated map; counts in an aperture one FWHM wide.
    """

    radii: Floats
    turns: Floats
    fluxes: Floats

    def xy(self, side: int) -> Floats:
        """Return the pixels, first 0, shape (planets, 2)."""
        turns = np.radians(self.turns)
        away = self.radii[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        return np.asarray(side // 2 + away)


def separations(side: int, fwhm: float, inner: float, step: float) -> Floats:
    """Return the separations of a spiral, pixels: an aperture within the frame.

    Parameters
    ----------
    side : int
        Of the frames, pixels.
    fwhm : float
        Pixels.
    inner, step : float
        The least, and from one to the next, FWHM.

    Raises
    ------
    ValueError
        When fewer than three fit.
    """
    radii = np.arange(inner * fwhm, side // 2 - fwhm, step * fwhm)
    if radii.size < 3:
        raise ValueError(f"{radii.size} planets fit into frames of {side} pixels, 3 are needed")
    return radii


def spiral(radii: Floats, fluxes: Floats, first: float) -> Planets:
    """Return planets whose neighbours in separation are a golden angle apart.

    Parameters
    ----------
    radii, fluxes : ndarray, shape (planets,)
        Pixels, counts.
    first : float
        Angle of the innermost, degrees.
    """
    return Planets(radii, (first + _GOLDEN * np.arange(radii.size)) % 360, fluxes)


def inject(cube: Floats, angles: Floats, psf: Psf, planets: Planets) -> Floats:
    """Return a cube with planets put in.

    Parameters
    ----------
    cube : ndarray, shape (frames, n, n)
        Centred.
    angles : ndarray, shape (frames,)
        Degrees.
    psf : Psf
        What they look like.
    planets : Planets
        Where and how bright.
    """
    for radius, turn, flux in zip(planets.radii, planets.turns, planets.fluxes, strict=True):
        cube = cube_inject_companions(
            cube, psf.image, angles, flux, [radius], theta=turn, n_branches=1, verbose=False,
            **ROTATION,
        )  # fmt: skip
    return np.asarray(cube)


def recovered(difference: Floats, planets: Planets, fwhm: float) -> Floats:
    """Return the part of each planet's flux that is left.

    Parameters
    ----------
    difference : ndarray, shape (n, n)
        Residual map with the planets minus that without.
    planets : Planets
        What was put in.
    fwhm : float
        Pixels.
    """
    apertures = CircularAperture(planets.xy(difference.shape[0]), fwhm / 2)
    found = aperture_photometry(difference, apertures, method="exact")["aperture_sum"]
    return np.asarray(found, dtype=float) / planets.fluxes
