"""The star off the coronagraph, as bright as it would be in a science frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from astropy.stats import sigma_clip
from calibrate import Calibration
from filters import transmissions
from frames import Floats, Frame
from photutils.centroids import centroid_2dg
from photutils.psf import fit_fwhm
from resample import Grid
from scipy.ndimage import gaussian_filter

_BOX = 15
_SMOOTH = 1.5


@dataclass(frozen=True)
class Psf:
    """The PSF of each flux exposure.

    Attributes
    ----------
    images : ndarray, shape (2, exposures, side, side)
        Counts.
    fwhm : float
        Of the first channel's mean, pixels.
    factor : ndarray, shape (exposures,)
        What the counts of each exposure were multiplied by.
    """

    images: Floats
    fwhm: float
    factor: Floats


def transmission(frame: Frame, given: list[float]) -> float:
    """Return the transmission of a frame's neutral density.

    Parameters
    ----------
    frame : Frame
        Tells filter and neutral density.
    given : list of float
        Used instead of ESO's table, when there are any.

    Raises
    ------
    ValueError
        When it is unknown.
    """
    known = transmissions(frame.filter, given)
    if frame.neutral_density not in known:
        raise ValueError(
            f"{frame.path.name}: neutral density {frame.neutral_density} is not known in filter "
            f"{frame.filter!r}, only {', '.join(known)}; nd_transmission says others"
        )
    return known[frame.neutral_density]


def make_psf(
    frames: list[Frame],
    science: Frame,
    calibration: Calibration,
    grid: Grid,
    side: int,
    densities: list[float],
) -> Psf:
    """Return the PSF of some flux frames, in counts of the science frames.

    Parameters
    ----------
    frames : list of Frame
        The star off the axis.
    science : Frame
        Gives DIT and neutral density.
    calibration : Calibration
        Of the flux frames.
    grid : Grid
        The science frames'.
    side : int
        Odd.
    densities : list of float
        Transmissions used instead of ESO's table.

    Raises
    ------
    ValueError
        When no star is found, the filter differs or a neutral density is unknown.
    """
    ours = transmission(science, densities)
    images, factors = [], []
    for frame in frames:
        if frame.filter != science.filter:
            raise ValueError(f"{frame.path.name}: filter {frame.filter}, not {science.filter}")
        theirs = transmission(frame, densities)
        factors.append(science.dit / frame.dit * ours / theirs)
        mean = _mean(frame, calibration)
        images.append([_star(one, grid, side, frame.path.name) * factors[-1] for one in mean])
    cube = np.array(images).swapaxes(0, 1)
    return Psf(cube, _fwhm(cube[0].mean(axis=0)), np.array(factors))


def _mean(frame: Frame, calibration: Calibration) -> Floats:
    """Return the mean over the DITs without outliers, shape (2, side, side)."""
    stack = np.array(list(calibration.planes(frame)))
    if len(stack) < 4:
        return np.asarray(stack.mean(axis=0))
    return np.asarray(sigma_clip(stack, sigma=5, axis=0, masked=True).mean(axis=0))


def _star(image: Floats, grid: Grid, side: int, name: str) -> Floats:
    """Return a square with the star on its middle pixel, the background around it taken off."""
    rough = _brightest(image, name)
    corner = rough - _BOX // 2
    box = image[corner[1] : corner[1] + _BOX, corner[0] : corner[0] + _BOX]
    centre = corner + np.asarray(centroid_2dg(box - np.median(box)))
    if not np.hypot(*(centre - rough)) < _BOX / 4:
        raise ValueError(f"{name}: no star can be fitted at {rough[0]}, {rough[1]}")
    if grid.largest(centre, len(image)) < side:
        raise ValueError(f"{name}: the star at {rough[0]}, {rough[1]} is too near to the edge")
    wide = min(2 * side - 1, grid.largest(centre, len(image)))
    around = grid(image, centre, wide)
    ring = _distance(wide) > max(0.75 * side, wide / 2 - 3)
    edge = (wide - side) // 2
    background = float(np.median(around[ring])) if ring.any() else 0.0
    return around[edge : edge + side, edge : edge + side] - background


def _brightest(image: Floats, name: str) -> Floats:
    """Return the brightest place with room for the fit around it, whole x and y."""
    smooth = gaussian_filter(image, _SMOOTH)
    room = _BOX // 2 + 1
    inner = smooth[room:-room, room:-room]
    row, column = np.unravel_index(int(inner.argmax()), inner.shape)
    level = float(np.median(smooth))
    noise = 1.4826 * float(np.median(np.abs(smooth - level)))
    if not inner[row, column] - level > 10 * noise:
        raise ValueError(f"{name}: nothing in it is as bright as a star")
    return np.array([column, row]) + room


def _fwhm(psf: Floats) -> float:
    middle = len(psf) // 2
    width = fit_fwhm(psf, xypos=(middle, middle), fit_shape=min(11, len(psf)))
    return float(np.ravel(width)[0])


def _distance(side: int) -> Floats:
    away = np.arange(side) - side // 2
    return np.hypot(away[:, None], away[None, :])
