"""From the pupil's wavefront to images: off the coronagraph and behind it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .irdis_instrument import MASK_RADIUS, PLATE_SCALE

Floats = NDArray[np.float64]
Waves = NDArray[np.complex64]

MIRROR_M = 8.0
WAFFLE_CYCLES = 10.0
"""Of the waffle over the pupil along x and y: the spots lie at 14.1 lambda/D."""
WAFFLE_NM = 25.0
_SIDE = 80
_OBSTRUCTION = 0.14
_REACH = (0.44, 0.49)
_ONE_THREAD = 2**16


def _pupil() -> tuple[Floats, Floats]:
    at = (np.arange(_SIDE) + 0.5) / _SIDE - 0.5
    radius = np.hypot(at[:, None], at[None, :])
    open_part = ((radius < 0.5) & (radius > _OBSTRUCTION / 2)).astype(float)
    return at, open_part / open_part.sum()


AT, PUPIL = _pupil()
SPREAD = float((PUPIL**2).sum()) * _SIDE**2
"""Flux of a star whose ideal peak is 1, in units of (lambda/D)^2."""


def wavefront(rng: np.random.Generator, rms: float) -> Floats:
    """Draw a wavefront error, mostly of few cycles over the pupil, without tilt.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws it.
    rms : float
        Nanometres.

    Returns
    -------
    ndarray, shape (80, 80)
        Nanometres.
    """
    cycles = np.fft.fftfreq(_SIDE, 1 / _SIDE)
    cycle = np.hypot(cycles[:, None], cycles[None, :])
    strength = cycle / (3.0 + cycle) ** 2.2
    error = np.fft.ifft2(np.fft.fft2(rng.normal(size=(_SIDE, _SIDE))) * strength).real
    for mode in (np.ones_like(error), AT[:, None] + 0 * error, AT[None, :] + 0 * error):
        error -= mode * (PUPIL * error * mode).sum() / (PUPIL * mode * mode).sum()
    return np.asarray(error * rms / np.sqrt((PUPIL * error**2).sum()))


def waffle() -> Floats:
    """Return the mirror's shape that makes four spots in a cross, nanometres."""
    phase = 2 * np.pi * WAFFLE_CYCLES
    x, y = AT[None, :], AT[:, None]
    return np.asarray(WAFFLE_NM * (np.cos(phase * (x + y)) + np.cos(phase * (x - y))))


def off_axis(error: Floats, wavelength: float, x: Floats, y: Floats) -> Floats:
    """Return the image of a star beside the mask.

    Parameters
    ----------
    error : ndarray
        Wavefront, nanometres.
    wavelength : float
        Micrometres.
    x, y : ndarray, shape (columns,) and (rows,)
        Offsets from the star, corrected pixels.

    Returns
    -------
    ndarray, shape (rows, columns)
        The ideal peak is 1.
    """
    return _intensity(PUPIL * _phasor(error, wavelength), wavelength, x, y)


def behind_mask(error: Floats, wavelength: float, x: Floats, y: Floats) -> Floats:
    """Return the image of a star in the middle of the mask: what the wavefront scatters.

    Parameters and result are those of `off_axis`.
    """
    phasor = _phasor(error, wavelength)
    return _intensity(PUPIL * (phasor - (PUPIL * phasor).sum()), wavelength, x, y)


def mask_transmission(x: Floats, y: Floats) -> Floats:
    """Return what the coronagraph lets through at offsets from the star, corrected pixels."""
    radius = np.maximum(np.hypot(x, y) * PLATE_SCALE, 1.0)
    return np.asarray(1 / (1 + (MASK_RADIUS / radius) ** 8))


def element(wavelength: float) -> float:
    """Return lambda/D, corrected pixels."""
    return float(np.rad2deg(wavelength * 1e-6 / MIRROR_M) * 3.6e6 / PLATE_SCALE)


def half_maximum_width(error: Floats, wavelength: float) -> float:
    """Return the FWHM of a star, corrected pixels: of the disc as large as its bright half."""
    fine = np.arange(-5, 5, 0.05)
    image = off_axis(error, wavelength, fine, fine)
    return float(2 * np.sqrt((image > image.max() / 2).sum() * 0.05**2 / np.pi))


def _phasor(error: Floats, wavelength: float) -> Waves:
    return np.asarray(np.exp(2j * np.pi * error / (wavelength * 1e3)), dtype=np.complex64)


def _intensity(wave: Waves, wavelength: float, x: Floats, y: Floats) -> Floats:
    """Transform a wave in the pupil to offsets; it means nothing beyond its grid's reach."""
    x, y = x / element(wavelength), y / element(wavelength)
    rows = np.exp(-2j * np.pi * np.outer(y, AT)).astype(np.complex64)
    columns = np.exp(-2j * np.pi * np.outer(AT, x)).astype(np.complex64)
    field = _product(rows, wave.astype(np.complex64), columns)
    image = field.real**2 + field.imag**2
    radius = np.hypot(x[None, :], y[:, None]) / _SIDE
    fade = np.clip((_REACH[1] - radius) / (_REACH[1] - _REACH[0]), 0, 1)
    return np.asarray(image * fade)


def _product(rows: Waves, wave: Waves, columns: Waves) -> Waves:
    # parts so small that the linear algebra takes one thread for each: the threads' number does
    # not change the last digits, and waiting for each other does not cost more than the sums
    step = max(1, _ONE_THREAD // (_SIDE * max(columns.shape[1], _SIDE)))
    parts = [rows[n : n + step] @ wave @ columns for n in range(0, len(rows), step)]
    return np.concatenate(parts)
