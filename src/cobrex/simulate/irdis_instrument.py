"""Numbers of IRDIS: scale, orientation, filters, neutral densities."""

from __future__ import annotations

from dataclasses import dataclass

PLATE_SCALE = 12.25
"""mas per pixel after the anamorphism is corrected (~ Maire et al. 2016, arXiv:1609.06681)."""
TRUE_NORTH = -1.75
"""Degrees (Maire et al. 2016)."""
PUPIL_OFFSET = 135.99
"""Degrees between the pupil's zenith and the detector's y axis (Maire et al. 2016)."""
ANAMORPHISM = (1.0, 1.0062)
"""Corrected offset from the star / raw offset, x and y (public code; Maire et al. 2016: 0.60 %)."""
CORONAGRAPH = "N_ALC_YJH_S"
MASK_RADIUS = 92.5
"""Of the coronagraph, mas."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A dual-band filter.

    Attributes
    ----------
    name : str
        ESO INS COMB IFLT.
    wavelengths : tuple of float
        Of the channels, micrometres.
    densities : dict of str to float
        Magnitudes of each neutral density.
    thermal : float
        Background of the instrument, counts/s a pixel; also seen with the shutter closed.
    sky : float
        Background of the sky, counts/s a pixel with no neutral density.
    """

    name: str
    wavelengths: tuple[float, float]
    densities: dict[str, float]
    thermal: float
    sky: float

    def transmission(self, density: str) -> float:
        """Return what a neutral density lets through, the same in both channels."""
        return float(10 ** (-0.4 * self.densities[density]))


_H = {"OPEN": 0.0, "ND_1.0": 2.29, "ND_2.0": 4.64, "ND_3.5": 7.61}
_KS = {"OPEN": 0.0, "ND_1.0": 2.04, "ND_2.0": 4.09, "ND_3.5": 7.25}
FILTERS = {
    "DB_H23": Filter("DB_H23", (1.593, 1.667), _H, 0.6, 1.5),
    "DB_K12": Filter("DB_K12", (2.100, 2.244), _KS, 15.0, 8.0),
}
"""Wavelengths and neutral densities of ESO's IRD_FILTER_TABLE."""
