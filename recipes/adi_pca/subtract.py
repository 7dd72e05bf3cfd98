"""The star subtracted by principal components of its own sequence."""

from __future__ import annotations

import numpy as np
from frames import Floats
from vip_hci.psfsub import pca

ROTATION = {"imlib": "vip-fft", "interpolation": "lanczos4"}
"""How VIP turns frames: exact and slow."""


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
