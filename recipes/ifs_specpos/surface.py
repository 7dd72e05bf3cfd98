"""A smooth map from lattice indices to the detector."""

from __future__ import annotations

import numpy as np
from lattice import Floats, Integers


def fit_surface(
    i: Integers, j: Integers, value: Floats, degree: int, clip_sigma: float
) -> tuple[Floats, Floats]:
    """Fit a polynomial in both indices, leaving out what does not follow it.

    Parameters
    ----------
    i, j : ndarray of int, shape (n,)
        Lattice indices.
    value : ndarray of float, shape (n,)
        Detector coordinate; NaN where unknown.
    degree : int
        Highest total power.
    clip_sigma : float
        Limit of the residual in robust standard deviations.

    Returns
    -------
    fitted : ndarray, shape (n,)
        The map at all lenslets.
    good : ndarray of bool, shape (n,)
        What the fit used.

    Raises
    ------
    ValueError
        When fewer lenslets are measured than the polynomial needs.
    """
    a, b = i / 100.0, j / 100.0
    terms = np.stack(
        [a**p * b**q for p in range(degree + 1) for q in range(degree + 1 - p)], axis=1
    )
    good = np.isfinite(value)
    for _ in range(10):
        if good.sum() < 3 * terms.shape[1]:
            raise ValueError(f"only {int(good.sum())} spectra follow the lattice")
        solution = np.linalg.lstsq(terms[good], value[good], rcond=None)[0]
        fitted = terms @ solution
        residual = value - fitted
        spread = 1.4826 * np.median(np.abs(residual[good] - np.median(residual[good])))
        kept = np.isfinite(value) & (np.abs(np.nan_to_num(residual)) <= clip_sigma * spread + 1e-6)
        if (kept == good).all():
            break
        good = kept
    return fitted, good
