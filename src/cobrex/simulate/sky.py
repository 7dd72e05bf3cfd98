"""Stars of a field as the flux each lenslet receives, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lenslets import CHANNELS, PIXELS_PER_PITCH, Floats, Lenslets

WAVELENGTHS = {"YJ": (0.957, 1.329), "YJH": (0.966, 1.636)}
"""First and last wavelength of a prism, micrometres (~, to be confirmed)."""
BRIGHTEST = 1.0e6
"""Counts of a star of magnitude 0, all lenslets and channels together."""
_MIRROR_M = 8.0
_STREHL = 0.85
_HALO_MAS = 300.0
_HALO_BETA = 2.5


@dataclass(frozen=True, slots=True)
class Orientation:
    """What an astrometric field is observed to measure.

    Attributes
    ----------
    plate_scale : float
        mas per pixel of the resampled image.
    true_north : float
        Degrees. Position angle on the sky = angle in the image, counter-clockwise from +y,
        plus true north. North up has east to the left.
    """

    plate_scale: float
    true_north: float

    def to_image(self, east: Floats, north: Floats) -> tuple[Floats, Floats]:
        """Return where offsets on the sky lie in the image.

        Parameters
        ----------
        east, north : ndarray
            mas from the field's centre.

        Returns
        -------
        u, v : ndarray
            Image pixels from the field's centre, right and up.

        References
        ----------
        Maire et al. 2016, SPIE 9908, 990834: true north of SPHERE is -1.75 degrees.
        """
        sky = (-np.asarray(east) + 1j * np.asarray(north)) / self.plate_scale
        image = sky * np.exp(-1j * np.deg2rad(self.true_north))
        return image.real, image.imag


def channel_wavelengths(prism: str) -> Floats:
    """Return the wavelength of each channel of a prism, micrometres."""
    first, last = WAVELENGTHS[prism]
    return np.linspace(first, last, CHANNELS)


def transmission() -> Floats:
    """Return the relative transmission of each channel; it falls off at both ends."""
    edge = np.minimum(np.arange(CHANNELS), np.arange(CHANNELS)[::-1])
    return np.asarray(1.0 / (1.0 + np.exp(-(edge - 1.5) / 0.5)))


def lamp(count: int, level: float, rng: np.random.Generator) -> Floats:
    """Return the spectra of a lit screen.

    Parameters
    ----------
    count : int
        Number of lenslets.
    level : float
        Counts in a channel.
    rng : numpy.random.Generator
        Draws each lenslet's throughput (3 %).

    Returns
    -------
    ndarray, shape (count, CHANNELS)
        Counts.
    """
    slope = np.linspace(0.85, 1.15, CHANNELS)
    return level * rng.normal(1.0, 0.03, (count, 1)) * slope * transmission()


def star_light(
    place: Lenslets, stars: Floats, magnitude: Floats, prism: str, plate_scale: float
) -> Floats:
    """Return the spectra of a field of stars.

    Parameters
    ----------
    place : Lenslets
        Who receives the light.
    stars : ndarray, shape (2, k)
        u and v of the stars, image pixels from the field's centre.
    magnitude : ndarray, shape (k,)
        0 is `BRIGHTEST` counts.
    prism : {'YJ', 'YJH'}
        Sets the wavelengths, and with them the width of the PSF.
    plate_scale : float
        mas per image pixel.

    Returns
    -------
    ndarray, shape (n, CHANNELS)
        Counts. The PSF is a Gaussian core as wide as the diffraction limit and a Moffat halo;
        it is sampled at the lenslets' centres.
    """
    weight = transmission() / transmission().sum()
    wavelength = channel_wavelengths(prism)
    fwhm = 1.03 * np.rad2deg(wavelength * 1e-6 / _MIRROR_M) * 3.6e6 / plate_scale
    sigma = fwhm / np.sqrt(8 * np.log(2))
    lenslet_area = np.sqrt(3) / 2 * PIXELS_PER_PITCH**2
    light = np.zeros((place.u.size, CHANNELS))
    for at_u, at_v, mag in zip(*stars, magnitude, strict=True):
        squared = (place.u - at_u) ** 2 + (place.v - at_v) ** 2
        counts = BRIGHTEST * 10 ** (-0.4 * mag) * lenslet_area * weight
        light += (1 - _STREHL) * _halo(squared, plate_scale)[:, None] * counts
        near = squared < (5 * sigma[-1]) ** 2
        core = np.exp(-squared[near, None] / (2 * sigma**2)) / (2 * np.pi * sigma**2)
        light[near] += _STREHL * core * counts
    return light


def _halo(squared: Floats, plate_scale: float) -> Floats:
    width = _HALO_MAS / plate_scale / (2 * np.sqrt(2 ** (1 / _HALO_BETA) - 1))
    peak = (_HALO_BETA - 1) / (np.pi * width**2)
    return np.asarray(peak * (1 + squared / width**2) ** -_HALO_BETA)
