"""What stands out of an S/N map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from frames import Floats
from photutils.centroids import centroid_2dg
from photutils.detection import find_peaks
from sky import Sky


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


def columns(found: list[Detection], sky: Sky) -> list[tuple[str, str, Floats]]:
    """Return name, unit and values of the columns of a table, one row a detection.

    Parameters
    ----------
    found : list of Detection
        S/N falling.
    sky : Sky
        Orientation.
    """
    names = (
        ("SEPARATION", "mas"), ("PA", "deg"), ("SNR", ""), ("X", "pixel"), ("Y", "pixel"),
        ("SNR_MAP_SEPARATION", "mas"), ("SNR_MAP_PA", "deg"),
    )  # fmt: skip
    rows = [
        [*sky.polar(one.x, one.y), one.snr, one.x, one.y, *sky.polar(one.snr_x, one.snr_y)]
        for one in found
    ]
    values = np.array(rows, dtype=float).reshape(len(rows), len(names))
    return [(name, unit, values[:, n]) for n, (name, unit) in enumerate(names)]


def _fit(image: Floats, at: tuple[int, int], fwhm: float) -> tuple[float, float]:
    """Return the centre of a Gaussian fitted around a pixel, or the pixel."""
    half = max(2, round(fwhm / 2))
    x, y = at[0] - half, at[1] - half
    piece = image[max(y, 0) : y + 2 * half + 1, max(x, 0) : x + 2 * half + 1]
    dx, dy = (float(value) for value in centroid_2dg(piece))
    fitted = max(x, 0) + dx, max(y, 0) + dy
    near = np.hypot(fitted[0] - at[0], fitted[1] - at[1]) <= fwhm
    return fitted if near else (float(at[0]), float(at[1]))
