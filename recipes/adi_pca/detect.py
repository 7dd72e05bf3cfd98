"""Subtraction of the star, the S/N map, and what is found in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from frames import Floats
from photutils.centroids import centroid_2dg
from photutils.detection import find_peaks
from vip_hci.metrics import snrmap
from vip_hci.psfsub import pca

ROTATION = {"imlib": "vip-fft", "interpolation": "lanczos4"}
"""How VIP turns frames: exact and slow."""


@dataclass(frozen=True)
class Sky:
    """From pixels to the sky: north up, east left after derotation.

    Attributes
    ----------
    scale : float
        mas per pixel.
    side : int
        Of the frames; the star is at (side - 1) / 2.
    """

    scale: float
    side: int

    def polar(self, x: float, y: float) -> tuple[float, float]:
        """Return separation (mas) and position angle (deg, north through east)."""
        dx, dy = x - self.side // 2, y - self.side // 2
        return float(np.hypot(dx, dy)) * self.scale, float(np.degrees(np.arctan2(-dx, dy))) % 360


@dataclass(frozen=True)
class Detection:
    """A point source.

    Attributes
    ----------
    x, y : float
        Gaussian fitted to the residual map at the peak of the S/N map, pixels, first 0.
    snr : float
        At that peak.
    snr_x, snr_y : float
        Gaussian fitted to the S/N map.
    """

    x: float
    y: float
    snr: float
    snr_x: float
    snr_y: float


def subtract(cube: Floats, angles: Floats, ncomp: int, mask: float) -> Floats:
    """Return the residual map: PCA over the whole frame, derotated, median.

    Parameters
    ----------
    cube : ndarray, shape (frames, n, n)
        Centred.
    angles : ndarray, shape (frames,)
        Degrees, position angle of the frames' y axis.
    ncomp : int
        Principal components.
    mask : float
        Radius left out around the star, pixels.
    """
    masked = {"mask_center_px": mask} if mask > 0 else {}
    return np.asarray(pca(cube, angles, ncomp=ncomp, verbose=False, **masked, **ROTATION))


def signal_to_noise(residual: Floats, opposite: Floats | None, fwhm: float, lobes: bool) -> Floats:
    """Return the S/N map.

    Parameters
    ----------
    residual : ndarray, shape (n, n)
        Residual map.
    opposite : ndarray, shape (n, n), optional
        Residual map derotated the wrong way: noise is measured on it.
    fwhm : float
        Pixels.
    lobes : bool
        Count the two apertures beside the source as noise.

    References
    ----------
    Mawet et al. 2014, ApJ 792, 97: apertures at one separation, small-sample penalty.
    """
    return np.asarray(
        snrmap(
            residual,
            fwhm,
            array2=opposite,
            use2alone=opposite is not None,
            exclude_negative_lobes=not lobes,
            nproc=1,
            plot=False,
            verbose=False,
        )
    )


def find(
    residual: Floats, snr: Floats, fwhm: float, threshold: float, inner: float
) -> list[Detection]:
    """Return what stands out of the S/N map, brightest first.

    Parameters
    ----------
    residual, snr : ndarray, shape (n, n)
        Maps.
    fwhm : float
        Pixels.
    threshold : float
        Least S/N.
    inner : float
        Least separation, pixels: nearer there are too few apertures to know the noise.
    """
    y, x = np.indices(snr.shape) - snr.shape[0] // 2
    seen = np.where(np.hypot(x, y) >= inner, np.nan_to_num(snr), 0.0)
    peaks = find_peaks(seen, threshold, box_size=2 * round(fwhm) + 1)
    found: list[Detection] = []
    if peaks is None:
        return found
    for row in sorted(peaks, key=lambda one: -float(one["peak_value"])):
        at = int(row["x_peak"]), int(row["y_peak"])
        # side lobes of what is brighter
        if all(np.hypot(at[0] - one.x, at[1] - one.y) > 2 * fwhm for one in found):
            where, there = _fit(residual, at, fwhm), _fit(snr, at, fwhm)
            found.append(Detection(*where, float(row["peak_value"]), *there))
    return found


def _fit(image: Floats, at: tuple[int, int], fwhm: float) -> tuple[float, float]:
    """Return the centre of a Gaussian fitted around a pixel, or the pixel."""
    half = max(2, round(fwhm / 2))
    x, y = at[0] - half, at[1] - half
    piece = image[max(y, 0) : y + 2 * half + 1, max(x, 0) : x + 2 * half + 1]
    dx, dy = (float(value) for value in centroid_2dg(piece))
    fitted = max(x, 0) + dx, max(y, 0) + dy
    near = np.hypot(fitted[0] - at[0], fitted[1] - at[1]) <= fwhm
    return fitted if near else (float(at[0]), float(at[1]))
