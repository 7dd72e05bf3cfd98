"""The S/N map."""

from __future__ import annotations

import numpy as np
from frames import Floats
from vip_hci.metrics import snrmap


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
