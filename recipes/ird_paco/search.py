"""PACO: S/N and flux at every pixel, in the star's contrast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from frames import Floats
from psf import Psf
from scipy.optimize import root_scalar
from vip_hci.fm import cube_inject_companions, normalize_psf
from vip_hci.invprob import FastPACO, FullPACO

_ALGORITHMS = {"fast": FastPACO, "full": FullPACO}
_ROTATION = {"imlib": "vip-fft", "interpolation": "lanczos4"}
_STEPS = 30
_ROUND = 2


@dataclass(frozen=True)
class Maps:
    """What PACO says of every pixel.

    Attributes
    ----------
    snr, contrast, error : ndarray, shape (n, n)
        S/N as PACO gives it, contrast to the star, its standard deviation; NaN where a companion
        would leave the frames.
    """

    snr: Floats
    contrast: Floats
    error: Floats


@dataclass(frozen=True)
class Channel:
    """One wavelength of a star.

    Attributes
    ----------
    cube : ndarray, shape (frames, n, n)
        n even, the star in pixel n / 2: where VIP's PACO turns about.
    angles : ndarray, shape (frames,)
        Degrees.
    psf : Psf
        Of unit flux.
    star : float
        Counts of the star in an aperture one FWHM wide.
    """

    cube: Floats
    angles: Floats
    psf: Psf
    star: float

    def search(self, algorithm: str, inner: float) -> Maps:
        """Return the maps of VIP's PACO.

        Parameters
        ----------
        algorithm : {'fast', 'full'}
            Of the paper.
        inner : float
            Least separation, pixels.

        Raises
        ------
        ValueError
            When nothing of the frames is far enough from star and edge.

        References
        ----------
        Flasseur et al. 2018, A&A 618, A138.
        """
        one = self._paco(self.cube, algorithm)
        side = self.cube.shape[-1]
        outer = side / 2 - one.patch_width / 2 - 1
        y, x = np.indices((side, side))
        apart = np.hypot(x - side // 2, y - side // 2)
        seen = (apart >= inner) & (apart <= outer)
        if not seen.any():
            raise ValueError(f"frames of {side} pixels are too small for this PSF")
        # a pixel on the way of another one is cut to integers: statistics are needed around
        near = (apart >= inner - _ROUND) & (apart <= outer + _ROUND)
        a, b = (np.full((side, side), np.nan) for _ in "ab")
        a[near], b[near] = one.PACOCalc(np.column_stack([x[near], y[near]]))
        a[~seen] = np.nan
        unit = self.star * self._unit()
        return Maps(b / np.sqrt(a), b / a / unit, 1 / np.sqrt(a) / unit)

    def refine(self, x: float, y: float) -> tuple[float, float]:
        """Return contrast and error of a companion, free of its own light in the statistics.

        PACO takes a companion for background, too, and says too little of a bright one. The flux is
        sought that, subtracted, leaves nothing to be found.

        Parameters
        ----------
        x, y : float
            Pixel, first 0.

        Returns
        -------
        contrast, error : float
            NaN when no flux does it.
        """
        place = np.array([[round(x), round(y)]])
        errors = []

        def left(flux: float) -> float:
            a, b = self._paco(self._without(x, y, flux), "full").PACOCalc(place)
            errors.append(float(1 / np.sqrt(a[0])))
            return float(b[0] / a[0])

        first = left(0.0)
        if not (np.isfinite(first) and first > 0):
            return np.nan, np.nan
        found = root_scalar(left, x0=0.0, x1=3 * first, xtol=errors[0] / 10, maxiter=_STEPS)
        if not (found.converged and np.isfinite(found.root)):
            return np.nan, np.nan
        unit = self.star * self._unit()
        return float(found.root) / unit, errors[-1] / unit

    def _without(self, x: float, y: float, flux: float) -> Floats:
        """Return the cube with a companion subtracted; flux as PACO counts it."""
        middle = self.cube.shape[-1] // 2
        radius = float(np.hypot(x - middle, y - middle))
        turn = float(np.degrees(np.arctan2(y - middle, x - middle)))
        return np.asarray(
            cube_inject_companions(
                self.cube, self.psf.image, self.angles, -flux / self._unit(), [radius],
                theta=turn, n_branches=1, verbose=False, **_ROTATION,
            )
        )  # fmt: skip

    def _paco(self, cube: Floats, algorithm: str) -> FastPACO | FullPACO:
        # VIP cuts the width to an integer: 3.99 would become 3
        width = float(round(self.psf.fwhm))
        return _ALGORITHMS[algorithm](cube, self.angles, self.psf.image, fwhm=width, pixscale=1.0)

    def _unit(self) -> float:
        """Return what PACO says of a flux of one in an aperture one FWHM wide.

        VIP normalises the PSF once more, in an aperture as wide as an Airy pattern fitted to it.
        """
        _, flux, _ = normalize_psf(
            self.psf.image, fwhm="fit", model="airy", force_odd=False, full_output=True,
            verbose=False, debug=False,
        )  # fmt: skip
        return float(flux)
