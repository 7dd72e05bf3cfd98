"""Positions of stars from the lenslets themselves, at their true hexagonal places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from field import Floats
from scipy.optimize import least_squares
from stars import Stars

_BETA = 2.0
_MODEL_ERROR = 0.005
_DRIFT = 2.5
_SHAPE = 3
_SHAPE_FREEDOM = np.array([0.5, 1.0, 0.5])


@dataclass(frozen=True)
class Samples:
    """What the lenslets saw.

    Attributes
    ----------
    place : ndarray, shape (n, 2)
        Lenslets, image pixels right and up from the centre.
    flux, variance : ndarray, shape (n,)
        Counts, counts squared.
    """

    place: Floats
    flux: Floats
    variance: Floats

    def near(self, stars: Stars, radius: float) -> Samples:
        """Return the lenslets within a radius of any star."""
        distance = np.hypot(
            self.place[:, :1] - stars.u[None, :], self.place[:, 1:] - stars.v[None, :]
        )
        kept = (distance < radius).any(axis=1)
        return Samples(self.place[kept], self.flux[kept], self.variance[kept])


def refine(samples: Samples, stars: Stars, fwhm: float, radius: float) -> tuple[Stars, float]:
    """Fit all stars at once: a Gaussian core and a Moffat halo, the same shape for all.

    Parameters
    ----------
    samples : Samples
        All lenslets that can be trusted.
    stars : Stars
        First guesses.
    fwhm : float
        First guess of the core's width, pixels.
    radius : float
        Lenslets farther from every star are left out, pixels.

    Returns
    -------
    stars : Stars
        With errors from the fit; those that ran away or drowned in noise are gone.
    fwhm : float
        Of the core, pixels.
    """
    used = samples.near(stars, radius)
    shape = np.array([np.log(fwhm / 2.355), -1.7, np.log(3 * fwhm)])
    model = _Model(used, shape, np.concatenate([stars.u, stars.v]))
    level = float(np.median(samples.flux))
    start = np.concatenate(
        [shape, [level / model.unit], stars.u, stars.v, np.maximum(stars.flux, 1) / model.unit]
    )
    fit = least_squares(
        model.residual, start, model.jacobian, method="trf", loss="soft_l1", f_scale=3.0,
        x_scale="jac", max_nfev=60, bounds=_bounds(start, len(stars)),
    )  # fmt: skip
    u, v, height = fit.x[_SHAPE + 1 :].reshape(3, -1)
    freedom = max(1, used.flux.size - fit.x.size)
    spread = max(1.0, 2 * fit.cost / freedom)
    # errors for the shape as it is: with it, all heights go up and down together
    by_star = fit.jac[:, _SHAPE:]
    variance = np.diag(np.linalg.pinv(by_star.T @ by_star))[1:] * spread
    error_u, error_v, error_height = np.sqrt(variance).reshape(3, -1)
    moved = np.hypot(u - stars.u, v - stars.v)
    found = Stars(u, v, np.sqrt((error_u**2 + error_v**2) / 2), height * model.unit,
                  height / np.maximum(error_height, 1e-12))  # fmt: skip
    return found.choose(moved < _DRIFT), float(2.355 * np.exp(fit.x[0]))


def _bounds(start: Floats, count: int) -> tuple[Floats, Floats]:
    """Return limits of the fit: what is no star ends with no light, not far away or negative."""
    reach = np.concatenate(
        [3 * _SHAPE_FREEDOM, [np.inf], np.full(2 * count, 2 * _DRIFT), np.full(count, np.inf)]
    )
    lower = start - reach
    lower[start.size - count :] = 0.0
    return lower, start + reach


class _Model:
    """Stars of one shape on a level sky, with the derivatives."""

    def __init__(self, samples: Samples, expected_shape: Floats, guess: Floats) -> None:
        self.samples, self.expected_shape, self.guess = samples, expected_shape, guess
        self.unit = max(1.0, float(np.percentile(samples.flux, 99)))
        data = samples.flux / self.unit
        self.data = data
        self.weight = 1 / np.sqrt(samples.variance / self.unit**2 + (_MODEL_ERROR * data) ** 2)

    def residual(self, values: Floats) -> Floats:
        """Return model minus data, and values minus what is expected, in standard deviations."""
        _, _, height = values[_SHAPE + 1 :].reshape(3, -1)
        squared, _, _ = self._offsets(values)
        shape, _ = _profile(squared, values[:_SHAPE])
        light = (shape @ height + values[_SHAPE] - self.data) * self.weight
        shape_off = (values[:_SHAPE] - self.expected_shape) / _SHAPE_FREEDOM
        # weak: it keeps a star that is none from running out of the field
        moved = (values[_SHAPE + 1 : _SHAPE + 1 + self.guess.size] - self.guess) / _DRIFT
        return np.concatenate([light, shape_off, moved])

    def jacobian(self, values: Floats) -> Floats:
        """Return the derivatives of `residual`; those of the shape by differences."""
        _, _, height = values[_SHAPE + 1 :].reshape(3, -1)
        squared, du, dv = self._offsets(values)
        shape, slope = _profile(squared, values[:_SHAPE])
        columns = [self._shape_column(squared, values, n, height) for n in range(_SHAPE)]
        sky = np.ones((self.data.size, 1))
        by_place = [-2 * du * slope * height, -2 * dv * slope * height]
        matrix = np.concatenate([np.stack(columns, axis=1), sky, *by_place, shape], axis=1)
        prior = np.zeros((_SHAPE + self.guess.size, matrix.shape[1]))
        prior[:_SHAPE, :_SHAPE] = np.diag(1 / _SHAPE_FREEDOM)
        prior[_SHAPE:, _SHAPE + 1 : _SHAPE + 1 + self.guess.size] = np.eye(self.guess.size) / _DRIFT
        return np.concatenate([matrix * self.weight[:, None], prior])

    def _shape_column(self, squared: Floats, values: Floats, n: int, height: Floats) -> Floats:
        step = np.zeros(_SHAPE)
        step[n] = 1e-4
        ahead, _ = _profile(squared, values[:_SHAPE] + step)
        behind, _ = _profile(squared, values[:_SHAPE] - step)
        return (ahead - behind) @ height / 2e-4

    def _offsets(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        u, v, _ = values[_SHAPE + 1 :].reshape(3, -1)
        du, dv = self.samples.place[:, :1] - u, self.samples.place[:, 1:] - v
        return du**2 + dv**2, du, dv


def _profile(squared: Floats, shape: Floats) -> tuple[Floats, Floats]:
    """Return the PSF and its derivative by the squared distance.

    The shape is the logarithm of the core's sigma, the logit of the halo's share of the peak,
    and the logarithm of the halo's width.
    """
    core_width, halo_width = np.exp(2 * shape[0]), np.exp(2 * shape[2])
    share = 1 / (1 + np.exp(-shape[1]))
    core = (1 - share) * np.exp(-squared / (2 * core_width))
    base = 1 + squared / halo_width
    halo = share * base**-_BETA
    return core + halo, -core / (2 * core_width) - _BETA * halo / (base * halo_width)
