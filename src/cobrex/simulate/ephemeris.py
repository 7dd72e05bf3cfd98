"""Where a star stands over Paranal, and how its field turns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import asin, atan2, cos, degrees, radians, sin, tan

from .cards import mjd
from .exposure import Target

GEOLAT = -24.6268
GEOLON = -70.4045
_J2000 = 51544.5


@dataclass(frozen=True, slots=True)
class Look:
    """A direction over the horizon, degrees.

    Attributes
    ----------
    altitude : float
    azimuth : float
        From south through west.
    parallactic : float
        Position angle of the zenith, north through east.
    """

    altitude: float
    azimuth: float
    parallactic: float

    @property
    def airmass(self) -> float:
        """Airmass of a flat atmosphere."""
        return 1 / sin(radians(self.altitude))


def of_date(target: Target, moment: datetime) -> tuple[float, float]:
    """Precess a star's coordinates.

    Parameters
    ----------
    target : Target
        J2000.
    moment : datetime.datetime
        UTC.

    Returns
    -------
    ra, dec : float
        Degrees, mean equinox of date.

    References
    ----------
    Lieske et al. 1977, A&A 58, 1 (IAU 1976).
    """
    t = (mjd(moment) - _J2000) / 36525
    zeta, z, theta = (
        radians(sum(a * t ** (n + 1) for n, a in enumerate(terms)) / 3600)
        for terms in (
            (2306.2181, 0.30188, 0.017998),
            (2306.2181, 1.09468, 0.018203),
            (2004.3109, -0.42665, -0.041833),
        )
    )
    ra, dec = radians(target.ra) + zeta, radians(target.dec)
    a = cos(dec) * sin(ra)
    b = cos(theta) * cos(dec) * cos(ra) - sin(theta) * sin(dec)
    c = sin(theta) * cos(dec) * cos(ra) + cos(theta) * sin(dec)
    return degrees(atan2(a, b) + z) % 360, degrees(asin(c))


def look(ra: float, dec: float, moment: datetime) -> Look:
    """Look at a star.

    Parameters
    ----------
    ra, dec : float
        Degrees, equinox of date.
    moment : datetime.datetime
        UTC, taken for UT1.

    Returns
    -------
    Look
        Without refraction, as the telescope's own angles.
    """
    sidereal = 280.46061837 + 360.98564736629 * (mjd(moment) - _J2000) + GEOLON
    hour = (sidereal - ra + 180) % 360 - 180
    h, d, f = radians(hour), radians(dec), radians(GEOLAT)
    altitude = asin(sin(f) * sin(d) + cos(f) * cos(d) * cos(h))
    azimuth = atan2(sin(h), cos(h) * sin(f) - tan(d) * cos(f))
    parallactic = atan2(sin(h), tan(f) * cos(d) - sin(d) * cos(h))
    return Look(degrees(altitude), degrees(azimuth) % 360, degrees(parallactic))
