"""Times of the DITs and the position angle of their y axis."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import astropy.units as u
import numpy as np
from astropy.coordinates import FK5, SkyCoord
from astropy.io import fits
from astropy.time import Time, TimeDelta
from astropy.utils import iers
from frames import Floats, Frame

iers.conf.auto_download = False
# a second of time is at most a few hundredths of a degree, no reason to refuse a date
iers.conf.iers_degraded_accuracy = "ignore"

_LATITUDE, _LONGITUDE = -24.6268, -70.4045


@dataclass(frozen=True)
class Terms:
    """What is added to the parallactic angle.

    Attributes
    ----------
    pupil_offset, true_north : float
        Degrees.
    clock_fixed : float
        MJD before which the clock correction is added; 0 for never.
    overhead : float
        Seconds after each DIT, where the end of the exposure is unknown.
    """

    pupil_offset: float
    true_north: float
    clock_fixed: float
    overhead: float


@dataclass(frozen=True)
class Rotation:
    """Of the DITs of a frame.

    Attributes
    ----------
    mjd, parallactic, clock, angle : ndarray, shape (ndit,)
        Middle of the DIT, UTC days; degrees.
    difference : float
        To the header's TEL PARANG, degrees; NaN without it.
    """

    mjd: Floats
    parallactic: Floats
    clock: Floats
    angle: Floats
    difference: float


def rotations(frames: list[Frame], terms: Terms) -> list[Rotation]:
    """Return the position angle of the y axis at each DIT of some frames.

    Raises
    ------
    ValueError
        When a frame does not say when or where it was taken, or north was kept fixed.
    """
    moments = []
    for frame in frames:
        _check_mode(frame)
        start, end = _span(frame, terms.overhead)
        share = np.concatenate([[0, 1], (np.arange(frame.ndit) + 0.5) / frame.ndit])
        moments.append(start + share * (end - start))
    # one call for all: it takes as long for one time as for a thousand
    joined = Time(np.concatenate(moments))
    greenwich = np.asarray(joined.sidereal_time("apparent", longitude=0 * u.deg).deg)
    borders = np.cumsum([len(one) for one in moments])[:-1]
    sidereal = np.split(greenwich, borders)
    return [
        _rotation(frame, terms, when, turned)
        for frame, when, turned in zip(frames, moments, sidereal, strict=True)
    ]


def _rotation(frame: Frame, terms: Terms, when: Time, greenwich: Floats) -> Rotation:
    """Return the angles of a frame; the first two times are its start and end."""
    longitude = _number(frame.header, "ESO TEL GEOLON")
    sidereal = greenwich + (_LONGITUDE if longitude is None else longitude)
    ra, dec = _position(frame, when[0])
    ends = parallactic_angle(sidereal[:2], ra, dec, _LATITUDE)
    parallactic = parallactic_angle(sidereal[2:], ra, dec, _LATITUDE)
    clock = clock_correction(frame) if when[0].mjd < terms.clock_fixed else 0.0
    angle = parallactic + terms.pupil_offset + terms.true_north + clock
    clocks = np.full(frame.ndit, clock)
    mjd = np.asarray(when[2:].mjd)
    return Rotation(mjd, parallactic, clocks, angle, _difference(frame, ends))


def clock_correction(frame: Frame) -> float:
    """Return atan(tan(ALT - 2 DROT2 BEGIN)), degrees.

    Raises
    ------
    ValueError
        When the header lacks one of both.
    """
    altitude = _number(frame.header, "ESO TEL ALT")
    derotator = _number(frame.header, "ESO INS4 DROT2 BEGIN", "ESO INS4 DROT2 START")
    if altitude is None or derotator is None:
        raise ValueError(
            f"{frame.path.name}: TEL ALT and INS4 DROT2 BEGIN are needed before July 2016; "
            "clock_correction=false goes without"
        )
    return float(np.rad2deg(np.arctan(np.tan(np.deg2rad(altitude - 2 * derotator)))))


def parallactic_angle(sidereal: Floats, ra: float, dec: float, latitude: float) -> Floats:
    """Return the parallactic angle, positive west of the meridian.

    Parameters
    ----------
    sidereal : ndarray
        Local sidereal time, degrees.
    ra, dec, latitude : float
        Degrees, of date.

    Returns
    -------
    ndarray
        Degrees, without jumps by 360.
    """
    hour = np.deg2rad(sidereal - ra)
    dec_, lat = np.deg2rad(dec), np.deg2rad(latitude)
    angle = np.arctan2(np.sin(hour), np.tan(lat) * np.cos(dec_) - np.sin(dec_) * np.cos(hour))
    return np.asarray(np.unwrap(np.rad2deg(angle), period=360))


def unpack(value: float) -> float:
    """Return ESO's ddmmss.sss as degrees, or hhmmss.sss as hours."""
    whole = abs(value)
    degrees, minutes = whole // 10000, whole % 10000 // 100
    return float(np.copysign(degrees + minutes / 60 + whole % 100 / 3600, value))


def _check_mode(frame: Frame) -> None:
    mode = str(frame.header.get("ESO INS4 DROT2 MODE", "ELEV")).strip()
    if mode != "ELEV":
        raise ValueError(f"{frame.path.name}: derotator mode {mode}, only pupil tracking (ELEV)")


def _span(frame: Frame, overhead: float) -> tuple[Time, Time]:
    """Return when the first DIT began and the last one ended."""
    header = frame.header
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if "DATE-OBS" in header:
                start = Time(str(header["DATE-OBS"]).strip(), format="isot", scale="utc")
            else:
                start = Time(float(header["MJD-OBS"]), format="mjd", scale="utc")
            last = str(header.get("ESO DET FRAM UTC", "")).strip()
            end = Time(last, format="isot", scale="utc") if last else None
    except (KeyError, ValueError):
        raise ValueError(f"{frame.path.name}: DATE-OBS or DET FRAM UTC tells no time") from None
    nominal = frame.ndit * (frame.dit + overhead)
    if end is None:
        return start, start + TimeDelta(nominal, format="sec")
    # the card is also used for the writing of the file, minutes later, or copied from another frame
    if not 0.95 * frame.ndit * frame.dit <= (end - start).sec <= 1.2 * nominal + 30:
        raise ValueError(
            f"{frame.path.name}: {(end - start).sec:.1f} s from DATE-OBS to DET FRAM UTC, "
            f"{frame.ndit} DITs of {frame.dit:g} s do not fit"
        )
    return start, end


def _position(frame: Frame, when: Time) -> tuple[float, float]:
    """Return right ascension and declination of date, degrees."""
    packed = [_number(frame.header, f"ESO INS4 DROT2 {name}") for name in ("RA", "DEC")]
    if packed[0] is not None and packed[1] is not None:
        return 15 * unpack(packed[0]), unpack(packed[1])
    ra, dec = _number(frame.header, "RA"), _number(frame.header, "DEC")
    if ra is None or dec is None:
        raise ValueError(f"{frame.path.name}: neither INS4 DROT2 RA, DEC nor RA, DEC")
    now = SkyCoord(ra * u.deg, dec * u.deg, frame=FK5(equinox="J2000"))
    now = now.transform_to(FK5(equinox=when))
    return float(now.ra.deg), float(now.dec.deg)


def _difference(frame: Frame, ends: Floats) -> float:
    """Return how far the ends of an exposure are from the header's, degrees; NaN without them."""
    told = [_number(frame.header, f"ESO TEL PARANG {name}") for name in ("START", "END")]
    off = [abs((a - b + 180) % 360 - 180) for a, b in zip(ends, told, strict=True) if b is not None]
    return max(off, default=np.nan)


def _number(header: fits.Header, *names: str) -> float | None:
    """Return the first of some cards that holds a number."""
    for name in names:
        value = header.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
            return float(value)
    return None
