"""Forward modelling: position and flux of a detection by negative injection, with errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from detect import Detection
from frames import Floats
from negative import ROTATION, WIDTH, emptiest
from psf import Psf
from sky import Sky
from vip_hci.fm import cube_inject_companions, cube_planet_free

_APART = 2.5
_REACH = 3.5


@dataclass(frozen=True)
class Model:
    """What injection says about a detection.

    Attributes
    ----------
    radius, angle, flux : float
        Pixels, degrees from x towards y, counts in an aperture one FWHM wide.
    errors : tuple of float
        Of the three, as injected companions tell: root mean square. NaN when at most half of
        them are recovered.
    """

    radius: float
    angle: float
    flux: float
    errors: tuple[float, float, float]

    def xy(self, side: int) -> tuple[float, float]:
        """Return the pixel, first 0."""
        turn = np.radians(self.angle)
        middle = side // 2
        return middle + self.radius * np.cos(turn), middle + self.radius * np.sin(turn)


@dataclass(frozen=True)
class Modeller:
    """A sequence on which detections are modelled.

    Attributes
    ----------
    cube, angles : ndarray
        Centred frames, degrees.
    psf : Psf
        What is injected.
    ncomp : int
        Principal components.
    injections : int
        Known companions that are put in to learn the errors.
    seed : int
        Of their position angles and of where the fit begins.
    """

    cube: Floats
    angles: Floats
    psf: Psf
    ncomp: int
    injections: int
    seed: int

    def fit(self, found: Detection, residual: Floats) -> Model | None:
        """Return position and flux that, subtracted, leave an empty place; None if none do.

        None at the edge, too.

        Parameters
        ----------
        found : Detection
            Where to begin.
        residual : ndarray, shape (n, n)
            Tells the order of the flux.
        """
        y, x = np.indices(residual.shape)
        aperture = np.hypot(x - found.x, y - found.y) <= self.psf.fwhm / 2
        flux = max(float(residual[aperture].sum()), 1e-12)
        middle = residual.shape[0] // 2
        at = found.x - middle, found.y - middle
        # the annulus of the merit must lie within the frame
        if float(np.hypot(*at)) + round(WIDTH * self.psf.fwhm) / 2 >= middle:
            return None
        near = self._near(float(np.hypot(*at)))
        best = emptiest(near, self.angles, self.psf, self.ncomp, at, flux)
        return Model(*best, self._errors(near, best, flux)) if best else None

    def _near(self, radius: float) -> Floats:
        """Cut the part of the cube that an annulus needs."""
        middle = self.cube.shape[-1] // 2
        half = min(middle, int(np.ceil(radius + _REACH * self.psf.fwhm)))
        kept = slice(middle - half, middle + half + 1)
        return np.ascontiguousarray(self.cube[:, kept, kept])

    def without(self, model: Model, cube: Floats) -> Floats:
        """Return a cube with a modelled companion subtracted."""
        return self._empty(cube, (model.radius, model.angle, model.flux))

    def _empty(self, cube: Floats, planet: tuple[float, float, float]) -> Floats:
        parameters = np.array([planet])
        return np.asarray(
            cube_planet_free(parameters, cube, self.angles, self.psf.image, **ROTATION)
        )

    def _errors(
        self, cube: Floats, best: tuple[float, float, float], left: float
    ) -> tuple[float, float, float]:
        """Return recovered minus injected at other position angles, root mean square."""
        rng = np.random.default_rng(self.seed)
        empty = self._empty(cube, best)
        radius, angle, flux = best
        # not where the companion was, nor its side lobes
        clear = float(np.degrees(_APART * self.psf.fwhm / radius))
        turns = angle + np.linspace(clear, 360 - clear, self.injections)
        misses = []
        for turn in turns + rng.uniform(-0.25, 0.25, turns.size) * clear:
            with_one = cube_inject_companions(
                empty, self.psf.image, self.angles, flux, [radius], theta=turn, n_branches=1,
                verbose=False, **ROTATION,
            )  # fmt: skip
            x, y = rng.normal(0, 0.3, 2)
            start = radius * np.cos(np.radians(turn)) + x, radius * np.sin(np.radians(turn)) + y
            found = emptiest(with_one, self.angles, self.psf, self.ncomp, start, left)
            if found:
                turned = (found[1] - turn + 180) % 360 - 180
                misses.append((found[0] - radius, turned, found[2] - flux))
        if len(misses) <= self.injections / 2:
            return (np.nan, np.nan, np.nan)
        # about zero, not about their mean: a bias is an error too
        spread = np.sqrt(np.mean(np.square(misses), axis=0))
        return (float(spread[0]), float(spread[1]), float(spread[2]))


def on_sky(model: Model, sky: Sky) -> tuple[float, float, float, float]:
    """Return separation, its error (mas), position angle, its error (deg)."""
    separation, angle = sky.polar(*model.xy(sky.side))
    return separation, model.errors[0] * sky.scale, angle, model.errors[1]
