"""The four spots of a waffle pattern and the star between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from astropy.stats import mad_std
from numpy.typing import NDArray
from photutils.psf import fit_2dgaussian
from scipy.ndimage import gaussian_filter, maximum_filter, median_filter

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]
_SIGMA = 1 / np.sqrt(8 * np.log(2))
_SKEW = 1.5
_RATIO = 0.1


@dataclass(frozen=True)
class Pattern:
    """What is looked for.

    Attributes
    ----------
    radius : float
        Of the spots, pixels.
    tolerance : float
        How far a spot may be from its place, pixels.
    turn : float
        Angle of the first spot from x, radians; the others follow at right angles.
    fwhm : float
        Of a spot, pixels.
    min_snr : float
        Least S/N of the faintest spot.
    """

    radius: float
    tolerance: float
    turn: float
    fwhm: float
    min_snr: float

    @property
    def steps(self) -> Doubles:
        """From the star to each spot, x and y; shape (4, 2), pixels."""
        angles = self.turn + np.arange(4) * np.pi / 2
        return self.radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


@dataclass(frozen=True)
class Star:
    """A star found.

    Attributes
    ----------
    x, y : float
        Where the diagonals cross, pixels, first pixel 0.
    x_error, y_error : float
        Their errors, pixels.
    radius : float
        Mean distance of the spots, pixels.
    snr : float
        Of the faintest spot.
    spots : ndarray, shape (4, 2)
        x and y of the spots.
    """

    x: float
    y: float
    x_error: float
    y_error: float
    radius: float
    snr: float
    spots: Doubles


def find_star(image: Doubles, bad: Flags, pattern: Pattern) -> Star:
    """Find the star of an image by its waffle pattern.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
        The star near the middle.
    bad : ndarray of bool, shape (rows, columns)
        Pixels to leave out.
    pattern : Pattern
        What to look for.

    Returns
    -------
    Star

    Raises
    ------
    ValueError
        When there are no four spots in a cross.
    """
    size = 2 * round(2 * pattern.fwhm) + 1
    filled = np.where(bad, median_filter(image, size=5), image)
    sharp = filled - median_filter(filled, size=size)
    smooth = gaussian_filter(sharp, pattern.fwhm * _SIGMA)
    peaks = _peaks(smooth, pattern)
    ring = _ring(image.shape, peaks, pattern)
    snr = float(smooth[peaks[:, 1], peaks[:, 0]].min() / mad_std(smooth[ring]))
    if not snr >= pattern.min_snr:
        raise ValueError(f"no waffle spots, the best have S/N {snr:.1f}")
    spots, errors = _measure(sharp, bad, peaks, pattern.fwhm, float(mad_std(sharp[ring])))
    centre = crossing(spots)
    _check(spots, pattern)
    # speckles move whole spots: the diagonals then do not halve each other
    errors *= max(1.0, _misfit(spots) / np.sqrt((errors**2).mean()))
    moved = [crossing(spots + step.reshape(4, 2)) - centre for step in np.diag(errors.ravel())]
    x_error, y_error = np.sqrt((np.array(moved) ** 2).sum(axis=0))
    radius = float(np.hypot(*(spots - centre).T).mean())
    return Star(*map(float, (*centre, x_error, y_error)), radius, snr, spots)


def crossing(spots: Doubles) -> Doubles:
    """Return where the line of spots 0 and 2 crosses that of 1 and 3; x and y."""
    first, second = spots[2] - spots[0], spots[3] - spots[1]
    along = np.linalg.solve(np.stack([first, -second], axis=1), spots[1] - spots[0])
    return np.asarray(spots[0] + along[0] * first)


def _peaks(smooth: Doubles, pattern: Pattern) -> NDArray[np.int64]:
    """Return the brightest pixels of the best cross, x and y."""
    reach = int(np.ceil(pattern.tolerance))
    y, x = np.indices((2 * reach + 1, 2 * reach + 1)) - reach
    disk = np.hypot(x, y) <= pattern.tolerance
    # what a star at a pixel would have as its faintest spot
    highest = maximum_filter(smooth, footprint=disk, mode="constant", cval=-np.inf)
    steps = np.rint(pattern.steps).astype(int)
    faintest = np.min([_moved(highest, dx, dy) for dx, dy in steps], axis=0)
    if not np.isfinite(faintest.max()):
        raise ValueError(f"a pattern of radius {pattern.radius:.1f} pixels does not fit the image")
    rows, columns = np.nonzero(faintest == faintest.max())
    found = []
    for dx, dy in steps:
        at_x, at_y = round(columns.mean()) + dx, round(rows.mean()) + dy
        near = [(at_x + i, at_y + j) for i, j in zip(x[disk], y[disk], strict=True)]
        inside = [(i, j) for i, j in near if 0 <= j < smooth.shape[0] and 0 <= i < smooth.shape[1]]
        found.append(max(inside, key=lambda place: smooth[place[1], place[0]]))
    return np.array(found)


def _moved(image: Doubles, dx: int, dy: int) -> Doubles:
    """Return the image so that each pixel holds that at (x + dx, y + dy)."""
    moved = np.full(image.shape, -np.inf)
    rows, columns = image.shape
    to = np.s_[max(0, -dy) : rows - max(0, dy), max(0, -dx) : columns - max(0, dx)]
    at = np.s_[max(0, dy) : rows - max(0, -dy), max(0, dx) : columns - max(0, -dx)]
    moved[to] = image[at]
    return moved


def _ring(shape: tuple[int, ...], peaks: NDArray[np.int64], pattern: Pattern) -> Flags:
    """Return the pixels as far from the star as the spots, but not in them."""
    y, x = np.indices(shape)
    middle = peaks.mean(axis=0)
    ring = np.abs(np.hypot(x - middle[0], y - middle[1]) - pattern.radius) < 3 * pattern.fwhm
    for at_x, at_y in peaks:
        ring &= np.hypot(x - at_x, y - at_y) > 2 * pattern.fwhm
    return np.asarray(ring)


def _measure(
    sharp: Doubles, bad: Flags, peaks: NDArray[np.int64], fwhm: float, noise: float
) -> tuple[Doubles, Doubles]:
    """Return place and error of each spot, x and y."""
    box = 2 * round(fwhm) + 1
    fitted = fit_2dgaussian(
        sharp, xypos=peaks.astype(float), fwhm=fwhm, fit_shape=box, mask=bad,
        error=np.full(sharp.shape, max(noise, 1e-12)),
    ).results  # fmt: skip
    spots = np.stack([fitted["x_fit"], fitted["y_fit"]], axis=1)
    errors = np.stack([fitted["x_err"], fitted["y_err"]], axis=1)
    # in the spots there is more noise than around them, and they are no Gaussians
    errors *= np.sqrt(np.maximum(fitted["reduced_chi2"], 1.0))[:, None]
    away = np.hypot(*(spots - peaks).T)
    if not (away < fwhm).all() or not np.isfinite(errors).all():
        raise ValueError("no waffle spots, what is there has no shape of a star")
    return spots, errors


def _misfit(spots: Doubles) -> float:
    """Return the error of a spot's coordinate by how far the diagonals' middles are apart.

    Either of the two differences is as uncertain as one coordinate. That the diagonals differ in
    length and are not upright on each other is the instrument's distortion and counts for nothing.
    """
    apart = (spots[0] + spots[2] - spots[1] - spots[3]) / 2
    return float(np.sqrt(np.mean(apart**2)))


def _check(spots: Doubles, pattern: Pattern) -> None:
    """Refuse four spots that are no cross."""
    skew = np.hypot(*(spots[0] + spots[2] - spots[1] - spots[3])) / 2
    lengths = np.hypot(*(spots[2:] - spots[:2]).T) / 2
    off = np.abs(lengths - pattern.radius).max()
    if skew > _SKEW or abs(np.log(lengths[0] / lengths[1])) > _RATIO or off > pattern.tolerance:
        raise ValueError(
            f"no waffle spots, the four brightest are no cross: half diagonals of"
            f" {lengths[0]:.1f} and {lengths[1]:.1f} pixels, middles {skew:.1f} apart"
        )
