"""Where a star stands at an epoch, and how far two places on the sky are apart."""

from __future__ import annotations

from math import asin, atan2, cos, degrees, isfinite, radians, sin, sqrt

Vector = tuple[float, float, float]

J2000_MJD = 51544.5
DAYS_PER_YEAR = 365.25
_MAS = 3_600_000.0
_ARCSEC = 3600.0


def direction(ra_deg: float, dec_deg: float) -> Vector:
    """Return the unit vector of a place on the sky.

    Parameters
    ----------
    ra_deg, dec_deg : float
        ICRS, degrees.

    Returns
    -------
    tuple of float
        x, y, z.
    """
    ra, dec = radians(ra_deg), radians(dec_deg)
    return cos(dec) * cos(ra), cos(dec) * sin(ra), sin(dec)


def velocity(
    ra_deg: float, dec_deg: float, pm_ra_masyr: float | None, pm_dec_masyr: float | None
) -> Vector:
    """Return the proper motion as a vector tangent to the sphere.

    Parameters
    ----------
    ra_deg, dec_deg : float
        Degrees.
    pm_ra_masyr, pm_dec_masyr : float or None
        Milliarcseconds a year, the first with cos(dec); None and NaN count as no motion.

    Returns
    -------
    tuple of float
        Radians a year.
    """
    along = radians((pm_ra_masyr if _known(pm_ra_masyr) else 0.0) / _MAS)  # type: ignore[operator]
    up = radians((pm_dec_masyr if _known(pm_dec_masyr) else 0.0) / _MAS)  # type: ignore[operator]
    ra, dec = radians(ra_deg), radians(dec_deg)
    return (
        -along * sin(ra) - up * sin(dec) * cos(ra),
        along * cos(ra) - up * sin(dec) * sin(ra),
        up * cos(dec),
    )


def carry(place: Vector, motion: Vector, years: float) -> Vector:
    """Return the direction after some years on a straight line in space.

    Radial velocity is left out: its effect stays far below any radius of a match.

    Parameters
    ----------
    place : tuple of float
        Unit vector.
    motion : tuple of float
        Radians a year.
    years : float
        Julian years.

    Returns
    -------
    tuple of float
        Unit vector.

    References
    ----------
    ESA SP-1200, The Hipparcos and Tycho Catalogues, vol. 1, section 1.5.5 (1997).
    """
    x = place[0] + motion[0] * years
    y = place[1] + motion[1] * years
    z = place[2] + motion[2] * years
    length = sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def position(place: Vector) -> tuple[float, float]:
    """Return right ascension (0 to 360) and declination of a direction, in degrees."""
    ra = degrees(atan2(place[1], place[0])) % 360.0
    return ra, degrees(asin(max(-1.0, min(1.0, place[2]))))


def separation_arcsec(one: Vector, other: Vector) -> float:
    """Return the angle between two unit vectors, exact for the smallest ones."""
    x, y, z = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    half_chord = sqrt(x * x + y * y + z * z) / 2.0
    return degrees(2.0 * asin(min(1.0, half_chord))) * _ARCSEC


def years_since_j2000(mjd: float | None) -> float:
    """Return Julian years between epoch 2000.0 and a date; 0 when the date is not known."""
    if mjd is None or not isfinite(mjd):
        return 0.0
    return (mjd - J2000_MJD) / DAYS_PER_YEAR


def on_sky(ra_deg: float | None, dec_deg: float | None) -> bool:
    """Tell whether two numbers are a place on the sky."""
    if not _known(ra_deg) or not _known(dec_deg):
        return False
    return -360.0 <= ra_deg <= 720.0 and -90.0 <= dec_deg <= 90.0  # type: ignore[operator]


def _known(value: float | None) -> bool:
    return value is not None and isfinite(value)
