"""Plate scale and true north of matched stars, by weighted least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from field import Complex, Floats, scale_and_north
from numpy.typing import NDArray

_LEAST = 3


class TooFewStarsError(ValueError):
    """Fewer stars are matched than a fit that can be checked needs."""


@dataclass(frozen=True)
class Solution:
    """A fitted field.

    Attributes
    ----------
    plate_scale, plate_scale_error : float
        mas per pixel.
    true_north, true_north_error : float
        Degrees.
    centre : complex
        Where the list's origin lies, pixels right + i up from the image's centre.
    residual : ndarray of complex, shape (k,)
        Measured minus expected place, pixels.
    used : ndarray of bool, shape (k,)
        Stars in the fit.
    chi_squared : float
        Reduced.
    """

    plate_scale: float
    plate_scale_error: float
    true_north: float
    true_north_error: float
    centre: complex
    residual: Complex
    used: NDArray[np.bool_]
    chi_squared: float

    @property
    def rms(self) -> float:
        """Root mean square distance of the used stars from their places, mas."""
        return float(np.sqrt(np.mean(np.abs(self.residual[self.used]) ** 2))) * self.plate_scale


def solve(image: Complex, sky: Complex, error: Floats, clip_sigma: float) -> Solution:
    """Fit ``image = centre + factor * sky``; see `field.linear_term` for the factor.

    Parameters
    ----------
    image : ndarray of complex, shape (k,)
        Measured places, pixels.
    sky : ndarray of complex, shape (k,)
        -east + i north, mas.
    error : ndarray of float, shape (k,)
        Of either coordinate of a place, pixels.
    clip_sigma : float
        The worst star beyond this leaves the fit, one at a time.

    Returns
    -------
    Solution
        Errors are scaled by the scatter when it is larger than the errors given.

    Raises
    ------
    TooFewStarsError
        When fewer than three stars are left.
    """
    used = np.ones(image.size, dtype=bool)
    while True:
        if used.sum() < _LEAST:
            raise TooFewStarsError(f"{int(used.sum())} matched stars, at least {_LEAST} are needed")
        deviation = _deviations(image, sky, error, used)
        worst = int(deviation.argmax())
        if deviation[worst] <= clip_sigma:
            return _fit(image, sky, error, used)
        used[worst] = False


def _deviations(image: Complex, sky: Complex, error: Floats, used: NDArray[np.bool_]) -> Floats:
    """Return how far each used star lies from the fit of the others, in their scatter."""
    deviation = np.zeros(image.size)
    if used.sum() <= _LEAST:
        return deviation
    for star in np.flatnonzero(used):
        others = used.copy()
        others[star] = False
        fit = _fit(image, sky, error, others)
        scatter = error[star] * np.sqrt(max(1.0, fit.chi_squared))
        deviation[star] = np.abs(fit.residual[star]) / scatter
    return deviation


def _fit(image: Complex, sky: Complex, error: Floats, used: NDArray[np.bool_]) -> Solution:
    weight = np.where(used, 1 / error**2, 0)
    mean_sky = (weight * sky).sum() / weight.sum()
    mean_image = (weight * image).sum() / weight.sum()
    arm = sky - mean_sky
    lever = float((weight * np.abs(arm) ** 2).sum())
    if not lever > 0:
        raise TooFewStarsError("the matched stars are one point")
    factor = (weight * np.conj(arm) * (image - mean_image)).sum() / lever
    centre = mean_image - factor * mean_sky
    residual = image - centre - factor * sky
    freedom = 2 * int(used.sum()) - 4
    chi_squared = float((weight * np.abs(residual) ** 2).sum()) / freedom
    relative = np.sqrt(max(1.0, chi_squared) / lever) / abs(factor)
    plate_scale, true_north = scale_and_north(complex(factor))
    return Solution(
        plate_scale=plate_scale,
        plate_scale_error=plate_scale * float(relative),
        true_north=true_north,
        true_north_error=float(np.rad2deg(relative)),
        centre=complex(centre),
        residual=residual,
        used=used.copy(),
        chi_squared=chi_squared,
    )
