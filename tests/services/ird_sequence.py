"""A small IRDIS sequence whose truth is known, with the calibrations a recipe would get."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from ird_detector import Detector, Floats

LATITUDE, LONGITUDE = -24.6268, -70.4045
PUPIL_OFFSET, TRUE_NORTH = 135.99, -1.75
SCALE_X, SCALE_Y = 1.0, 1.0062
ND_1 = 0.1213
OVERHEAD = 0.838


@dataclass(frozen=True)
class Night:
    """A sequence that can be written.

    Attributes
    ----------
    side : int
        Of a channel.
    start : datetime.datetime
        Of the first exposure, UTC.
    exposures, ndit : int
        Of the science sequence.
    dit, flux_dit : float
        Seconds.
    declination, first_hour : float
        Of the star, and its hour angle at the start, degrees.
    separation, angle, planet : float
        Pixels on the sky, degrees; counts a second of its peak.
    clock : float
        Error of the derotator, degrees.
    star : float
        Counts a second of the star's whole light.
    bad : dict of int to str
        What is wrong with an exposure: cloud, seeing, jump, strehl.
    dithers : tuple of tuple of float
        Of the exposures in turn, pixels.
    """

    side: int = 120
    start: datetime = datetime(2018, 1, 10, 4, 0, 0, tzinfo=UTC)
    exposures: int = 10
    ndit: int = 2
    dit: float = 32.0
    flux_dit: float = 2.0
    declination: float = -38.0
    first_hour: float = -2.5
    separation: float = 42.0
    angle: float = 77.0
    planet: float = 60.0
    clock: float = 0.0
    star: float = 600000.0
    bad: dict[int, str] = field(default_factory=dict)
    dithers: tuple[tuple[float, float], ...] = ((0.0, 0.0), (3.0, -2.0))

    @property
    def begins(self) -> list[datetime]:
        """Start of each exposure."""
        length = timedelta(seconds=self.ndit * (self.dit + OVERHEAD) + 8)
        return [self.start + n * length for n in range(self.exposures)]

    def star_place(self, when: datetime) -> Floats:
        """Where the star is in both channels at dither 0, raw pixels x and y, shape (2, 2)."""
        length = (self.begins[-1] - self.start).total_seconds() + 300
        drift = (when - self.start).total_seconds() / length
        middle = self.side / 2
        left = np.array([middle - 1.3 + 0.8 * drift, middle + 2.4 - 0.5 * drift])
        return np.array([left, left + np.array([1.7, -0.9])])


def sidereal(when: datetime) -> float:
    """Local sidereal time, degrees, from the polynomial of 1982 (UT1 taken as UTC)."""
    days = (when - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400
    return (280.46061837 + 360.98564736629 * days + LONGITUDE) % 360


def pointing(night: Night, when: datetime) -> tuple[float, float]:
    """Parallactic angle and altitude, degrees, from vectors."""
    hour = np.deg2rad(night.first_hour + sidereal(when) - sidereal(night.start))
    dec, lat = np.deg2rad(night.declination), np.deg2rad(LATITUDE)
    # x to the meridian on the equator, y to the east, z to the pole
    to_star = np.array([np.cos(dec) * np.cos(hour), -np.cos(dec) * np.sin(hour), np.sin(dec)])
    zenith = np.array([np.cos(lat), 0.0, np.sin(lat)])
    north = np.array([0.0, 0.0, 1.0]) - to_star[2] * to_star
    up = zenith - (zenith @ to_star) * to_star
    east = np.cross(north, to_star)
    angle = np.arctan2(up @ east, up @ north)
    return float(np.rad2deg(angle)), float(np.rad2deg(np.arcsin(zenith @ to_star)))


def detector_angle(night: Night, when: datetime) -> float:
    """Position angle of the detector's y axis, degrees."""
    return pointing(night, when)[0] + PUPIL_OFFSET + TRUE_NORTH + night.clock


def middles(night: Night) -> list[datetime]:
    """Middle of every DIT of the sequence."""
    step = timedelta(seconds=night.dit + OVERHEAD)
    return [begin + (n + 0.5) * step for begin in night.begins for n in range(night.ndit)]


def spot(side: int, x: float, y: float, fwhm: float) -> Floats:
    """A Gaussian of peak 1."""
    rows, columns = np.indices((side, side))
    return np.asarray(np.exp(-4 * np.log(2) * ((columns - x) ** 2 + (rows - y) ** 2) / fwhm**2))


def star_image(side: int, x: float, y: float) -> Floats:
    """The star off the coronagraph, of unit light: a core and a halo, as the raw pixels see it."""
    core, halo = spot(side, x, y, 4.0), spot(side, x, y, 18.0)
    return np.asarray(0.8 * core / core.sum() + 0.2 * halo / halo.sum())


def header(night: Night, when: datetime, kind: str, **cards: Any) -> fits.Header:
    """Return the header of a raw frame or of a product of it."""
    parallactic, altitude = pointing(night, when)
    ndit, dit = cards.get("ESO DET NDIT", 1), cards.get("ESO DET SEQ1 DIT", night.dit)
    end = when + timedelta(seconds=ndit * (dit + OVERHEAD))
    ra = (sidereal(night.start) - night.first_hour) % 360
    made = {
        "INSTRUME": "SPHERE", "OBJECT": "TRUTH", "DATE-OBS": _stamp(when),
        "MJD-OBS": _mjd(when), "RA": ra, "DEC": night.declination,
        "ESO DPR CATG": "SCIENCE", "ESO DPR TYPE": kind,
        "ESO DPR TECH": "IMAGE,DUAL,CORONOGRAPHY", "ESO SEQ ARM": "IRDIS",
        "ESO OBS ID": 7, "ESO OBS TARG NAME": "TRUTH", "ESO TEL ALT": altitude,
        "ESO TEL GEOLON": LONGITUDE,
        "ESO TEL PARANG START": parallactic, "ESO TEL PARANG END": pointing(night, end)[0],
        "ESO TEL AMBI FWHM START": 0.7, "ESO TEL AMBI FWHM END": 0.8,
        "ESO INS COMB IFLT": "DB_H23", "ESO INS COMB ICOR": "N_ALC_YJH_S",
        "ESO INS4 FILT2 NAME": "OPEN", "ESO INS4 DROT2 MODE": "ELEV",
        "ESO INS4 DROT2 BEGIN": (altitude - night.clock) / 2 + 180,
        "ESO INS4 DROT2 RA": _packed(ra / 15), "ESO INS4 DROT2 DEC": _packed(night.declination),
        "ESO INS1 DITH POSX": 0.0, "ESO INS1 DITH POSY": 0.0,
        "ESO DET SEQ1 DIT": dit, "ESO DET NDIT": ndit, "ESO DET FRAM UTC": _stamp(end),
    } | cards  # fmt: skip
    head = fits.Header()
    for key, value in made.items():
        head[f"HIERARCH {key}" if key.startswith("ESO ") else key] = value
    return head


def _stamp(when: datetime) -> str:
    return when.replace(tzinfo=None).isoformat(timespec="milliseconds")


def _mjd(when: datetime) -> float:
    return (when - datetime(1858, 11, 17, tzinfo=UTC)) / timedelta(days=1)


def _packed(value: float) -> float:
    """Return degrees or hours as ddmmss.sss."""
    total = round(abs(value) * 3600, 4)
    whole = total // 3600 * 10000 + total % 3600 // 60 * 100 + total % 60
    return float(np.copysign(round(whole, 4), value))


@dataclass(frozen=True)
class Written:
    """What was written, and what is true of it.

    Attributes
    ----------
    sof : pathlib.Path
        Names all files.
    detector : Detector
        That took them.
    angles : ndarray, shape (frames,)
        Of the y axis, degrees.
    """

    sof: Path
    detector: Detector
    angles: Floats


def write(folder: Path, night: Night, seed: int = 3) -> Written:
    """Write a sequence with its calibrations and a SOF; return the truth.

    Parameters
    ----------
    folder : pathlib.Path
        Made when it is not there.
    night : Night
        The truth.
    seed : int
        Of noise and detector.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    detector = Detector.draw(night.side, rng)
    lines = _science(folder, night, detector, rng)
    lines += _flux(folder, night, detector, rng)
    lines += _calibrations(folder, night, detector)
    lines += _centres(folder, night)
    sof = folder / "inputs.sof"
    sof.write_text("".join(f"{folder / name} {kind}\n" for name, kind in lines), encoding="utf-8")
    angles = np.array([detector_angle(night, when) for when in middles(night)])
    return Written(sof, detector, angles)


def _science(
    folder: Path, night: Night, detector: Detector, rng: np.random.Generator
) -> list[tuple[str, str]]:
    speckles = rng.uniform(-30, 30, (25, 2)), rng.uniform(0.3, 1, 25)
    lines, when = [], iter(middles(night))
    for number, begin in enumerate(night.begins):
        fault = night.bad.get(number, "")
        dither = night.dithers[number % len(night.dithers)]
        planes = [
            detector.read(_light(night, next(when), dither, fault, speckles), night.dit, rng)
            for _ in range(night.ndit)
        ]
        cards = {"ESO DET NDIT": night.ndit, "ESO INS1 DITH POSX": dither[0]}
        cards |= {"ESO INS1 DITH POSY": dither[1], "ESO TPL EXPNO": number + 1}
        if fault == "seeing":
            cards |= {"ESO TEL AMBI FWHM START": 2.6, "ESO TEL AMBI FWHM END": 2.8}
        head = header(night, begin, "OBJECT", **cards)
        name = f"science{number:02d}.fits"
        fits.PrimaryHDU(np.array(planes).astype(np.int32), head).writeto(folder / name)
        lines.append((name, "IRD_SCIENCE_DBI_RAW"))
    return lines


def _light(
    night: Night,
    when: datetime,
    dither: tuple[float, float],
    fault: str,
    speckles: tuple[Floats, Floats],
) -> Floats:
    """Return light a second on both channels, shape (side, 2 * side)."""
    away = np.deg2rad(night.angle - detector_angle(night, when))
    planet = night.separation * np.array([-np.sin(away) / SCALE_X, np.cos(away) / SCALE_Y])
    halo = {"cloud": 0.5, "strehl": 4.0}.get(fault, 1.0)
    jump = np.array([1.5, 1.0]) if fault == "jump" else np.zeros(2)
    channels = []
    for place, wave in zip(night.star_place(when) + dither, (1.0, 1.667 / 1.593), strict=True):
        x, y = place + jump
        light = halo * 20 * spot(night.side, x, y, 30.0) + 60 * spot(night.side, x, y, 3.5)
        for step, strength in zip(speckles[0] * wave, speckles[1], strict=True):
            light = light + halo * 8 * strength * spot(night.side, x + step[0], y + step[1], 4.0)
        channels.append(light + night.planet * spot(night.side, x + planet[0], y + planet[1], 4.0))
    return np.concatenate(channels, axis=1)


def _flux(
    folder: Path, night: Night, detector: Detector, rng: np.random.Generator
) -> list[tuple[str, str]]:
    lines = []
    for number, minutes in enumerate((-3, 25)):
        begin = night.start + timedelta(minutes=minutes)
        place = night.star_place(begin) + np.array([5.3, 8.6])
        images = [star_image(night.side, x, y) for x, y in place]
        light = ND_1 * night.star * np.concatenate(images, axis=1)
        planes = [detector.read(light, night.flux_dit, rng, nd=ND_1) for _ in range(4)]
        cards = {"ESO DET NDIT": 4, "ESO DET SEQ1 DIT": night.flux_dit}
        head = header(night, begin, "OBJECT,FLUX", **cards, **{"ESO INS4 FILT2 NAME": "ND_1.0"})
        name = f"flux{number}.fits"
        fits.PrimaryHDU(np.array(planes).astype(np.float32), head).writeto(folder / name)
        lines.append((name, "IRD_FLUX_CALIB_CORO_RAW"))
    return lines


def _calibrations(folder: Path, night: Night, detector: Detector) -> list[tuple[str, str]]:
    made = {
        "flux_sky": ("IRD_SKY_BG", detector.background(night.flux_dit, ND_1), night.flux_dit),
        "sky": ("IRD_SKY_BG", detector.background(night.dit), night.dit),
        "flat": ("IRD_FLAT_FIELD", detector.flat, 1.0),
        "bpm": ("IRD_STATIC_BADPIXELMAP", detector.bad.astype(np.uint8), 1.0),
    }
    for name, (kind, image, dit) in made.items():
        cards = {"ESO PRO CATG": kind, "ESO DET SEQ1 DIT": dit}
        cards["ESO INS4 FILT2 NAME"] = "ND_1.0" if name == "flux_sky" else "OPEN"
        head = header(night, night.start, "SKY", **cards)
        data = image if image.dtype == np.uint8 else image.astype(np.float32)
        fits.PrimaryHDU(data, head).writeto(folder / f"{name}.fits")
    return [(f"{name}.fits", kind) for name, (kind, _, _) in made.items()]


def _centres(folder: Path, night: Night) -> list[tuple[str, str]]:
    lines = []
    last = night.begins[-1] - night.start
    for number, after in enumerate((timedelta(minutes=-2), last + timedelta(minutes=3))):
        when = night.start + after
        dither = np.array([1.0, 1.0]) * number
        place = (night.star_place(when) + dither).ravel()
        names = ("MJD", "X0", "Y0", "X1", "Y1")
        columns = [
            fits.Column(name, "D", array=[value, value])
            for name, value in zip(names, (_mjd(when), *place), strict=True)
        ]
        cards = {"ESO INS1 DITH POSX": dither[0], "ESO INS1 DITH POSY": dither[1]}
        head = header(night, when, "OBJECT,CENTER", **cards)
        units = [fits.PrimaryHDU(header=head), fits.BinTableHDU.from_columns(columns)]
        fits.HDUList(units).writeto(folder / f"centre{number}.fits")
        lines.append((f"centre{number}.fits", "IRD_STAR_CENTER"))
    return lines
