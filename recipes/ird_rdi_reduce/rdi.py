"""The star subtracted by principal components of other stars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from frames import Floats
from vip_hci.psfsub import pca

ROTATION = {"imlib": "vip-fft", "interpolation": "lanczos4"}
"""How VIP turns frames: exact and slow."""


@dataclass(frozen=True)
class Subtraction:
    """How the star is subtracted.

    Attributes
    ----------
    library : ndarray, shape (frames, n, n)
        Of other stars, as bright as the star.
    ncomp : int
        Principal components.
    mask : float
        Radius left out around the star, pixels.
    own : bool
        The sequence's own frames join the library.
    """

    library: Floats
    ncomp: int
    mask: float
    own: bool

    def residual(self, cube: Floats, angles: Floats) -> Floats:
        """Return the residual map: derotated, median.

        Parameters
        ----------
        cube : ndarray, shape (frames, n, n)
            Centred.
        angles : ndarray, shape (frames,)
            Degrees, position angle of the frames' y axis.
        """
        return np.asarray(
            pca(
                cube,
                angles,
                cube_ref=self.library,
                ref_strategy="ARDI" if self.own else "RDI",
                ncomp=self.ncomp,
                verbose=False,
                **({"mask_center_px": self.mask} if self.mask > 0 else {}),
                **ROTATION,
            )
        )
