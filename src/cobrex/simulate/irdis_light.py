"""A star with planets as IRDIS sees it in one integration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .irdis_instrument import ANAMORPHISM, PLATE_SCALE
from .irdis_optics import (
    SPREAD,
    Floats,
    behind_mask,
    element,
    mask_transmission,
    off_axis,
    waffle,
)

CHANNELS = 2
_HALO_BETA = 2.5
_PLANET_REACH = 24
_SMEAR = (-1 / 3, 0.0, 1 / 3)


@dataclass(frozen=True, slots=True)
class Planet:
    """A point source beside the star.

    Attributes
    ----------
    separation : float
        mas.
    position_angle : float
        Degrees, north through east.
    contrast : tuple of float
        Flux over the star's, in each channel.
    """

    separation: float
    position_angle: float
    contrast: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sight:
    """What changes from one integration to the next.

    Attributes
    ----------
    centre : tuple of (float, float)
        x and y of the star in each channel, raw pixels, 0-based within the channel.
    angle : float
        Position angle of the y axis on the sky, degrees, in the middle of the integration.
    turn : float
        By how much it changes during the integration, degrees.
    error : ndarray
        Wavefront, nanometres.
    strehl : float
        Part of the light the adaptive optics leave in the core.
    transparency : float
        1 with no cloud.
    seeing : float
        Arcseconds.
    """

    centre: tuple[tuple[float, float], tuple[float, float]]
    angle: float
    turn: float
    error: Floats
    strehl: float
    transparency: float
    seeing: float


@dataclass(frozen=True, slots=True)
class Scene:
    """What is looked at.

    Attributes
    ----------
    wavelengths : tuple of float
        Of the channels, micrometres.
    rate : tuple of float
        The star's ideal peak with no neutral density, counts/s in each channel.
    planets : sequence of Planet
    """

    wavelengths: tuple[float, float]
    rate: tuple[float, float]
    planets: Sequence[Planet] = field(default=())


def on_detector(
    separation: float, position_angle: float, angle: float, centre: tuple[float, float]
) -> tuple[float, float]:
    """Return where a point of the sky lies on the detector.

    Parameters
    ----------
    separation : float
        From the star, mas.
    position_angle : float
        Degrees, north through east.
    angle : float
        Position angle of the y axis on the sky, degrees.
    centre : tuple of float
        x and y of the star, raw pixels.

    Returns
    -------
    x, y : float
        Raw pixels; the anamorphism squeezes offsets.
    """
    away = np.radians(position_angle - angle)
    radius = separation / PLATE_SCALE
    x = centre[0] - radius * np.sin(away) / ANAMORPHISM[0]
    y = centre[1] + radius * np.cos(away) / ANAMORPHISM[1]
    return float(x), float(y)


def masked_image(scene: Scene, sight: Sight, side: int, *, spots: bool) -> Floats:
    """Return an integration behind the coronagraph.

    Parameters
    ----------
    scene : Scene
        Star and planets.
    sight : Sight
        Conditions.
    side : int
        Pixels of a channel's side.
    spots : bool
        Whether the mirror makes satellite spots.

    Returns
    -------
    ndarray, shape (side, 2 * side)
        Counts/s.
    """
    error = sight.error + waffle() if spots else sight.error
    halves = []
    for channel in range(CHANNELS):
        wavelength = scene.wavelengths[channel]
        x, y = _offsets(sight.centre[channel], side)
        image = sight.strehl * behind_mask(error, wavelength, x, y)
        image += _halo(sight, wavelength, x, y)
        image *= mask_transmission(x[None, :], y[:, None])
        for planet in scene.planets:
            _add_planet(image, planet, channel, sight, wavelength)
        halves.append(image * scene.rate[channel] * sight.transparency)
    return np.hstack(halves)


def bare_image(scene: Scene, sight: Sight, side: int) -> Floats:
    """Return an integration of the star beside the coronagraph.

    Parameters and result are those of `masked_image`; planets are too faint to count.
    """
    halves = []
    for channel in range(CHANNELS):
        wavelength = scene.wavelengths[channel]
        x, y = _offsets(sight.centre[channel], side)
        image = sight.strehl * off_axis(sight.error, wavelength, x, y)
        image += _halo(sight, wavelength, x, y)
        halves.append(image * scene.rate[channel] * sight.transparency)
    return np.hstack(halves)


def _offsets(
    centre: tuple[float, float], side: int, first: tuple[int, int] = (0, 0)
) -> tuple[Floats, Floats]:
    """Return corrected offsets of columns and rows from a place on the detector."""
    x = (first[0] + np.arange(side) - centre[0]) * ANAMORPHISM[0]
    y = (first[1] + np.arange(side) - centre[1]) * ANAMORPHISM[1]
    return np.asarray(x), np.asarray(y)


def _halo(sight: Sight, wavelength: float, x: Floats, y: Floats) -> Floats:
    """Return the light that the adaptive optics leave in the seeing disc."""
    width = sight.seeing * 1e3 / PLATE_SCALE / (2 * np.sqrt(2 ** (1 / _HALO_BETA) - 1))
    total = (1 - sight.strehl) * SPREAD * element(wavelength) ** 2
    peak = total * (_HALO_BETA - 1) / (np.pi * width**2)
    squared = x[None, :] ** 2 + y[:, None] ** 2
    return np.asarray(peak * (1 + squared / width**2) ** -_HALO_BETA)


def _add_planet(
    image: Floats, planet: Planet, channel: int, sight: Sight, wavelength: float
) -> None:
    """Add a planet that moves during the integration to a channel's image."""
    side, centre = len(image), sight.centre[channel]
    through = float(mask_transmission(np.array(planet.separation / PLATE_SCALE), np.zeros(())))
    for part in _SMEAR:
        angle = sight.angle + part * sight.turn
        at = on_detector(planet.separation, planet.position_angle, angle, centre)
        low = [int(min(max(round(a) - _PLANET_REACH, 0), side)) for a in at]
        high = [int(min(max(round(a) + _PLANET_REACH + 1, 0), side)) for a in at]
        x, y = _offsets(at, side)
        x, y = x[low[0] : high[0]], y[low[1] : high[1]]
        spot = off_axis(sight.error, wavelength, x, y)
        strength = planet.contrast[channel] * sight.strehl * through / len(_SMEAR)
        image[low[1] : high[1], low[0] : high[0]] += strength * spot
