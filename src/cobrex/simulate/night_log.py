"""The log of a simulated night: which exposures are taken when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from .exposure import Exposure, Target

_FIRST_NIGHT = datetime(2018, 12, 1)
_STARTS = (timedelta(hours=24.5), timedelta(hours=28.4), timedelta(hours=32.1))
_AIRMASS = (1.081, 1.074, 1.402)
_PARALLACTIC = (21.304, -170.15, -38.92)


@dataclass(frozen=True, slots=True)
class NightLog:
    """What is observed in a night.

    Attributes
    ----------
    night : str
        Date of its evening.
    astrometry : dict of str to list of Exposure
        Exposures of each star's field.
    specpos : list of Exposure
        Lamp frames with the spectra's positions.
    small : list of tuple of (str, Exposure)
        Frame type and exposure of what the night holds besides; written with few pixels.
    """

    night: str
    astrometry: dict[str, list[Exposure]]
    specpos: list[Exposure]
    small: list[tuple[str, Exposure]]


def observe(seed: int, targets: Sequence[Target], rng: np.random.Generator) -> NightLog:
    """Plan a night.

    Parameters
    ----------
    seed : int
        Chooses the date, one of 28 nights of December 2018.
    targets : sequence of Target
        The last of several gets prism YJH, which no SPECPOS frame exists for.
    rng : numpy.random.Generator
        Draws seeing and milliseconds.

    Returns
    -------
    NightLog
    """
    day = _FIRST_NIGHT + timedelta(days=seed % 28)
    log = NightLog(day.date().isoformat(), {}, [], [])
    for number, target in enumerate(targets):
        start = day + _STARTS[number] + timedelta(milliseconds=int(rng.integers(1, 60_000)))
        prism = "YJH" if number and number == len(targets) - 1 else "YJ"
        seeing = float(rng.uniform(0.5, 1.1))
        _star(log, target, number=number, prism=prism, start=start, seeing=seeing)
    _day_calibrations(log, day + timedelta(hours=35.5))
    return log


def _star(
    log: NightLog, target: Target, *, number: int, prism: str, start: datetime, seeing: float
) -> None:
    ob = 2_100_000 + number

    def taken(minutes: float, arm: str, dpr: tuple[str, str, str], n: int) -> Exposure:
        catg, kind, tech = dpr
        acquired = catg == "ACQUISITION"
        return Exposure(
            start=start + timedelta(minutes=minutes),
            arm=arm,
            catg=catg,
            type=kind,
            tech=tech,
            prism=prism if arm == "IFS" else "",
            template="SPHERE_irdifs_acq" if acquired else "SPHERE_irdifs_cal_astrometry",
            template_start=start + timedelta(minutes=0 if acquired else 5),
            number=n,
            of=1 if acquired else 2,
            ob=ob,
            dit=1.0 if acquired else 32.0,
            target=target,
            airmass=_AIRMASS[number],
            parallactic=round(_PARALLACTIC[number] + 0.25 * minutes, 3),
            seeing=round(seeing, 2),
            tau0=0.0045,
        )

    log.small.append(
        (
            "SPHERE_ACQUISITION_RAW",
            taken(1, "IFS", ("ACQUISITION", "OBJECT", "IMAGE"), 1),
        )
    )
    log.small.append(
        ("IRD_SCIENCE_DBI_RAW", taken(5.6, "IRDIS", ("SCIENCE", "OBJECT", "IMAGE,DUAL"), 1))
    )
    log.astrometry[target.name] = [
        taken(5.5 + n, "IFS", ("SCIENCE", "OBJECT,ASTROMETRY", "IFU"), n) for n in (1, 2)
    ]


def _day_calibrations(log: NightLog, start: datetime) -> None:
    def taken(minutes: float, kind: str, prism: str, *, n: int, of: int, dit: float) -> Exposure:
        word = kind.split(",", maxsplit=1)[0].lower()
        return Exposure(
            start=start + timedelta(minutes=minutes),
            arm="IFS",
            catg="CALIB",
            type=kind,
            tech="IMAGE" if kind == "DARK" else "IFU",
            prism=prism,
            template=f"SPHERE_ifs_cal_{word}",
            template_start=start + timedelta(minutes=minutes - n),
            number=n,
            of=of,
            ob=200_363_360,
            dit=dit,
        )

    log.small.extend(("IFS_DARK_RAW", taken(n, "DARK", "", n=n, of=3, dit=32.0)) for n in (1, 2, 3))
    log.small.append(("IFS_WAVECALIB_RAW", taken(10, "WAVE,LAMP", "YJ", n=1, of=1, dit=1.65)))
    log.specpos.append(taken(14, "SPECPOS,LAMP", "YJ", n=1, of=1, dit=1.65))
