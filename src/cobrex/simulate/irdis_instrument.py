"""Numbers of IRDIS: scale, orientation, filters, neutral densities."""

from __future__ import annotations

from dataclasses import dataclass

PLATE_SCALE = 12.25
"""mas per pixel after the anamorphism is corrected (~ Maire et al. 2016, arXiv:1609.06681)."""
TRUE_NORTH = -1.75
"""Degrees (Maire et al. 2016)."""
PUPIL_OFFSET = 135.99
"""Degrees between the pupil's zenith and the detector's y axis (Maire et al. 2016)."""
ANAMORPHISM = (1.0059, 1.0011)
"""Corrected offset from the star / raw offset, x and y (~)."""
CORONAGRAPH = "N_ALC_YJH_S"
MASK_RADIUS = 92.5
"""Of the coronagraph, mas."""
ND = {"OPEN": 1.0, "ND_1.0": 10**-1.0, "ND_2.0": 10**-2.0, "ND_3.5": 10**-3.5}
"""Nominal transmissions, the same in both channels."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A dual-band filter.

    Attributes
    ----------
    name : str
        ESO INS COMB IFLT.
    wavelengths : tuple of float
        Of the channels, micrometres.
    thermal : float
        Background of the instrument, counts/s a pixel; also seen with the shutter closed.
    sky : float
        Background of the sky, counts/s a pixel with no neutral density.
    """

    name: str
    wavelengths: tuple[float, float]
    thermal: float
    sky: float


FILTERS = {
    "DB_H23": Filter("DB_H23", (1.5888, 1.6671), 0.6, 1.5),
    "DB_K12": Filter("DB_K12", (2.1025, 2.2550), 15.0, 8.0),
}
