"""From pixels of a map to the sky."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
