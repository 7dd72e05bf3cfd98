"""Which DITs are bad, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from frames import Floats, Frame
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from strehl import of_frames

REASONS = ("seeing", "strehl", "flux", "jump")
_SHARP = 3.0
_ALIKE = 0.3


@dataclass(frozen=True)
class Limits:
    """Beyond which a DIT is bad; 0 for no limit.

    Attributes
    ----------
    seeing : float
        Arcseconds.
    strehl : float
        Least.
    flux_sigma, flux_tolerance : float
        Standard deviations from the median; relative, never bad below it.
    jump : float
        Pixels.
    """

    seeing: float
    strehl: float
    flux_sigma: float
    flux_tolerance: float
    jump: float


@dataclass(frozen=True)
class Seen:
    """What the selection looks at, each of shape (frames,); NaN where it is unknown.

    Attributes
    ----------
    seeing : ndarray
        Arcseconds.
    strehl : ndarray
        Estimated.
    flux : ndarray
        Of the halo, relative to the median.
    jump : ndarray
        Pixels.
    """

    seeing: Floats
    strehl: Floats
    flux: Floats
    jump: Floats


def look(
    cube: NDArray[np.float32], seeing: Floats, strehl: float, inner: float, outer: float
) -> Seen:
    """Return what can be told of each DIT.

    Parameters
    ----------
    cube : ndarray, shape (2, frames, side, side)
        Centred.
    seeing : ndarray, shape (frames,)
        Of the headers.
    strehl : float
        Of the PSF; NaN without one.
    inner, outer : float
        Of the annulus whose light is added up, pixels.
    """
    side = cube.shape[-1]
    outer = min(outer, side / 2)
    away = np.arange(side) - side // 2
    distance = np.hypot(away[:, None], away[None, :])
    ring = (distance >= min(inner, outer / 2)) & (distance <= outer)
    light = cube[:, :, ring].sum(axis=2, dtype=np.float64)
    middle = np.median(light, axis=1, keepdims=True)
    relative = np.where(middle > 0, light / np.where(middle > 0, middle, 1), 1.0)
    flux = relative.mean(axis=0)
    half = min(int(outer), side // 2)
    cut = slice(side // 2 - half, side // 2 + half + 1)
    return Seen(seeing, of_frames(flux, strehl), flux, _jumps(cube[0, :, cut, cut]))


def judge(seen: Seen, limits: Limits) -> dict[str, NDArray[np.bool_]]:
    """Return by reason which DITs are bad; what is unknown is not bad."""
    off = np.abs(seen.flux - np.median(seen.flux))
    spread = 1.4826 * float(np.median(off))
    return {
        "seeing": _beyond(seen.seeing, limits.seeing),
        "strehl": seen.strehl < limits.strehl,
        "flux": off > max(limits.flux_sigma * spread, limits.flux_tolerance),
        "jump": _beyond(seen.jump, limits.jump),
    }


def seeing_of(frame: Frame) -> float:
    """Return the mean of ``TEL AMBI FWHM START`` and ``END``, arcseconds; NaN when unknown."""
    told = [frame.header.get(f"ESO TEL AMBI FWHM {name}") for name in ("START", "END")]
    known = [float(one) for one in told if isinstance(one, int | float) and one > 0]
    return float(np.mean(known)) if known else float("nan")


def _beyond(values: Floats, limit: float) -> NDArray[np.bool_]:
    return (values > limit) & (limit > 0)


def _jumps(frames: NDArray[np.float32]) -> Floats:
    """Return how far the speckles of each frame lie from those of the median frame, pixels.

    Returns
    -------
    ndarray, shape (frames,)
        NaN where the frame does not resemble the median, or there are too few to have one.
    """
    if len(frames) < 5:
        return np.full(len(frames), np.nan)
    window = np.hanning(frames.shape[-1] + 2)[1:-1]
    window = window[:, None] * window[None, :]
    median = _sharp(np.median(frames, axis=0), window)
    return np.array([_shift(_sharp(one, window), median) for one in frames])


def _sharp(image: Floats, window: Floats) -> Floats:
    """Return the small structure of an image, fading to its edges, of unit length."""
    image = np.asarray(image, dtype=np.float64)
    small = (gaussian_filter(image, 1.0) - gaussian_filter(image, _SHARP)) * window
    small = small - small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1e-30))


def _shift(image: Floats, reference: Floats) -> float:
    product = np.fft.rfft2(image) * np.conj(np.fft.rfft2(reference))
    match = np.fft.fftshift(np.fft.irfft2(product, s=image.shape))
    row, column = np.unravel_index(int(match.argmax()), match.shape)
    if match[row, column] < _ALIKE or not (
        0 < row < len(match) - 1 and 0 < column < len(match) - 1
    ):
        return float("nan")
    down = _vertex(match[row - 1 : row + 2, column])
    right = _vertex(match[row, column - 1 : column + 2])
    middle = len(match) // 2
    return float(np.hypot(row + down - middle, column + right - middle))


def _vertex(three: Floats) -> float:
    """Return where the parabola through three values is highest, from the middle one."""
    bend = three[0] - 2 * three[1] + three[2]
    return float(0.5 * (three[0] - three[2]) / bend) if bend < 0 else 0.0
