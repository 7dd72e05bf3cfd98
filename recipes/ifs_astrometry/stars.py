"""Stars in the resampled image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from astropy.stats import SigmaClip
from field import Floats
from photutils.background import Background2D, MedianBackground
from photutils.detection import DAOStarFinder

_EDGE = 3.0


@dataclass(frozen=True)
class Stars:
    """Stars, brightest first.

    Attributes
    ----------
    u, v : ndarray, shape (k,)
        Image pixels right and up from the centre.
    error : ndarray, shape (k,)
        Of either coordinate, pixels.
    flux : ndarray, shape (k,)
        Counts above background.
    snr : ndarray, shape (k,)
        Flux over its error.
    """

    u: Floats
    v: Floats
    error: Floats
    flux: Floats
    snr: Floats

    def __len__(self) -> int:
        return self.u.size

    def choose(self, which: np.ndarray) -> Stars:
        """Return some of the stars: a mask, or indices."""
        return Stars(*(a[which] for a in (self.u, self.v, self.error, self.flux, self.snr)))


def find_stars(image: Floats, fwhm: float, detection_sigma: float, max_stars: int) -> Stars:
    """Find stars.

    Parameters
    ----------
    image : ndarray, shape (m, m)
        Resampled field, NaN outside.
    fwhm : float
        Expected width, pixels.
    detection_sigma : float
        Threshold in standard deviations of the sky.
    max_stars : int
        Brightest ones kept.

    Returns
    -------
    Stars
        With rough positions; empty when there are none.
    """
    outside = ~np.isfinite(image)
    filled = np.where(outside, np.nanmedian(image), image)
    sky = Background2D(
        filled,
        (32, 32),
        coverage_mask=outside,
        filter_size=3,
        sigma_clip=SigmaClip(3.0),
        bkg_estimator=MedianBackground(),
        exclude_percentile=60,
    )
    flat = np.where(outside, 0.0, filled - sky.background)
    noise = float(sky.background_rms_median)
    finder = DAOStarFinder(threshold=detection_sigma * noise, fwhm=fwhm)
    found = finder(flat, mask=outside)
    if found is None:
        return Stars(*np.zeros((5, 0)))
    half = image.shape[0] // 2
    u, v = np.asarray(found["x_centroid"]) - half, np.asarray(found["y_centroid"]) - half
    peak = np.asarray(found["peak"], float)
    inside = np.maximum(np.abs(u), np.abs(v)) < half - _EDGE
    order = [n for n in np.argsort(-peak, kind="stable") if inside[n]][:max_stars]
    snr = peak / noise
    return Stars(u, v, fwhm / 2.355 / snr, peak, snr).choose(np.array(order, dtype=int))
