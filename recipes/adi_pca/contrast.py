"""The contrast curve: how faint a companion would have been seen."""

from __future__ import annotations

import numpy as np
from frames import Floats
from negative import ROTATION
from psf import Psf
from vip_hci.metrics import contrast_curve
from vip_hci.psfsub import pca

SIGMA = 5.0
_APART = 3
_BRANCHES = 3


def curve(
    cube: Floats, angles: Floats, psf: Psf, ncomp: int, mask: float, star: float
) -> dict[str, Floats]:
    """Return the contrast at 5 sigma, injected companions telling the throughput.

    Parameters
    ----------
    cube : ndarray, shape (frames, n, n)
        Centred, known companions subtracted.
    angles : ndarray, shape (frames,)
        Degrees.
    psf : Psf
        What is injected.
    ncomp : int
        Principal components.
    mask : float
        Radius left out around the star, pixels.
    star : float
        Counts of the star in an aperture one FWHM wide, in the cube.

    Returns
    -------
    dict of str to ndarray
        ``radius`` (pixels), ``gauss``, ``student`` (contrast without and with the small-sample
        penalty), ``throughput``, ``noise`` (counts).

    References
    ----------
    Mawet et al. 2014, ApJ 792, 97.
    """
    table = contrast_curve(
        cube,
        angles,
        psf.image,
        psf.fwhm,
        pxscale=1.0,
        starphot=star,
        algo=pca,
        sigma=SIGMA,
        nbranch=_BRANCHES,
        fc_rad_sep=_APART,
        inner_rad=max(1, int(np.ceil(mask / psf.fwhm))),
        student=True,
        plot=False,
        debug=False,
        verbose=False,
        ncomp=ncomp,
        **({"mask_center_px": mask} if mask > 0 else {}),
        **ROTATION,
    )
    columns = {
        "radius": "distance",
        "gauss": "sensitivity_gaussian",
        "student": "sensitivity_student",
        "throughput": "throughput",
        "noise": "noise",
    }
    return {name: np.asarray(table[column], dtype=float) for name, column in columns.items()}


def at(found: dict[str, Floats], radius: float) -> float | None:
    """Return the contrast at a separation in pixels, None outside the curve."""
    known = np.isfinite(found["student"])
    radii = found["radius"][known]
    if radii.size == 0 or not radii.min() <= radius <= radii.max():
        return None
    return float(np.interp(radius, radii, found["student"][known]))
