"""The exposures of IRDIS: a star's from centring to sky, and the calibrations of a morning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .ephemeris import of_date
from .exposure import Exposure, Pointing
from .irdis_instrument import CORONAGRAPH
from .irdis_log import DIT, FLUX_DIT, Visit, last_for

CENTRE, FLUX, SCIENCE = (
    "IRD_STAR_CENTER_WAFFLE_RAW",
    "IRD_FLUX_CALIB_CORO_RAW",
    "IRD_SCIENCE_DBI_RAW",
)
SKY, BACKGROUND, DARK, FLAT = (
    "IRD_SKY_BG_RAW",
    "IRD_INS_BG_RAW",
    "IRD_DARK_RAW",
    "IRD_FLAT_FIELD_RAW",
)
FLUX_ND = "ND_2.0"
FLAT_DITS = (1.5, 3.0, 4.5, 6.0, 7.5)
_TECH = "IMAGE,DUAL,CORONOGRAPHY"
_GAP = timedelta(seconds=20)
_DPR = {
    CENTRE: ("SCIENCE", "OBJECT,CENTER", _TECH),
    FLUX: ("SCIENCE", "OBJECT,FLUX", _TECH),
    SCIENCE: ("SCIENCE", "OBJECT", _TECH),
    SKY: ("CALIB", "SKY", _TECH),
    BACKGROUND: ("CALIB", "DARK,BACKGROUND", "IMAGE"),
    DARK: ("CALIB", "DARK", "IMAGE"),
    FLAT: ("CALIB", "FLAT,LAMP", "IMAGE"),
}
_TEMPLATES = {
    BACKGROUND: "SPHERE_irdis_cal_dark_bg",
    DARK: "SPHERE_irdis_cal_dark",
    FLAT: "SPHERE_irdis_cal_flat",
}


@dataclass(frozen=True, slots=True)
class Shot:
    """An exposure and the frame type it is known by.

    Attributes
    ----------
    frame_type : str
    exposure : Exposure
    """

    frame_type: str
    exposure: Exposure


@dataclass(frozen=True, slots=True)
class Setup:
    """What does not change during a star's visit.

    Attributes
    ----------
    filter : str
        ESO INS COMB IFLT.
    clock : float
        Error of the derotator's clock, degrees.
    seeing : list of float
        Of each exposure in turn, arcseconds.
    """

    filter: str
    clock: float
    seeing: list[float]


def visit_shots(visit: Visit, setup: Setup, ndit: int) -> list[Shot]:
    """Return the exposures of a star: centre and flux, science, centre and flux, skies.

    Parameters
    ----------
    visit : Visit
        When.
    setup : Setup
        Filter, clock error, seeing.
    ndit : int
        Integrations of a science exposure.

    Returns
    -------
    list of Shot
        In order of time; three templates of one observation block.
    """
    end = visit.starts[-1] + last_for(ndit, DIT)
    before = [(CENTRE, DIT, 2, "OPEN"), (FLUX, FLUX_DIT, 4, FLUX_ND)]
    after = [*before, (SKY, DIT, 3, "OPEN"), (SKY, FLUX_DIT, 3, FLUX_ND)]
    first = visit.starts[0] - timedelta(minutes=4)
    templates = [
        list(zip(before, _one_by_one(first, before), strict=True)),
        [((SCIENCE, DIT, ndit, "OPEN"), start) for start in visit.starts],
        list(zip(after, _one_by_one(end + timedelta(minutes=1), after), strict=True)),
    ]
    seeing = iter(setup.seeing)
    shots = []
    for template in templates:
        for number, ((frame_type, dit, n, nd), start) in enumerate(template, 1):
            made = Exposure(
                *_head(frame_type, start),
                template="SPHERE_irdifs_obs",
                template_start=template[0][1] - timedelta(seconds=15),
                number=number,
                of=len(template),
                ob=2_200_000 + visit.number,
                dit=dit,
                target=visit.target,
                seeing=round(next(seeing), 2),
                ndit=n,
                end=start + last_for(n, dit),
                filter=setup.filter,
                nd=nd,
                coronagraph=CORONAGRAPH,
                waffle=frame_type == CENTRE,
            )
            made = replace(made, pointing=_pointing(visit, made, setup.clock))
            shots.append(Shot(frame_type, made))
    return shots


VISIT_SHOTS = 2 + 4 + 4
"""How many exposures a visit has."""


def morning_shots(start: datetime, filter_name: str) -> list[Shot]:
    """Return the calibrations that a setup needs, taken after the night.

    Parameters
    ----------
    start : datetime.datetime
        UTC.
    filter_name : str
        ESO INS COMB IFLT.

    Returns
    -------
    list of Shot
    """
    groups = [
        (DARK, [(DIT, 3, "OPEN")] * 2),
        (DARK, [(FLUX_DIT, 3, "OPEN")] * 2),
        (BACKGROUND, [(DIT, 3, "OPEN"), (FLUX_DIT, 3, FLUX_ND)]),
        (FLAT, [(dit, 2, "OPEN") for dit in FLAT_DITS]),
    ]
    shots: list[Shot] = []
    for frame_type, wanted in groups:
        shots += calibration_shots(frame_type, wanted, start, filter_name)
        start = _end(shots[-1]) + timedelta(minutes=1)
    return shots


def calibration_shots(
    frame_type: str, wanted: list[tuple[float, int, str]], start: datetime, filter_name: str
) -> list[Shot]:
    """Return the exposures of one calibration template.

    Parameters
    ----------
    frame_type : str
        A calibration's.
    wanted : list of (float, int, str)
        DIT (s), NDIT and neutral density of each exposure.
    start : datetime.datetime
        UTC.
    filter_name : str
        ESO INS COMB IFLT.

    Returns
    -------
    list of Shot
    """
    starts = _one_by_one(start, [(frame_type, *one) for one in wanted])
    return [
        Shot(
            frame_type,
            Exposure(
                *_head(frame_type, at),
                template=_TEMPLATES[frame_type],
                template_start=start - timedelta(seconds=15),
                number=number,
                of=len(wanted),
                ob=200_363_400,
                dit=dit,
                ndit=ndit,
                end=at + last_for(ndit, dit),
                filter=filter_name,
                nd=nd,
                coronagraph=CORONAGRAPH if frame_type == BACKGROUND else "N_NS_CLEAR",
            ),
        )
        for number, ((dit, ndit, nd), at) in enumerate(zip(wanted, starts, strict=True), 1)
    ]


def _head(frame_type: str, start: datetime) -> tuple[datetime, str, str, str, str, str]:
    return (start, "IRDIS", *_DPR[frame_type], "")


def _end(shot: Shot) -> datetime:
    return shot.exposure.start + last_for(shot.exposure.ndit, shot.exposure.dit)


def _one_by_one(start: datetime, wanted: list[tuple[str, float, int, str]]) -> list[datetime]:
    """Return when each of several exposures starts."""
    starts = []
    for _, dit, ndit, _ in wanted:
        starts.append(start)
        start += last_for(ndit, dit) + _GAP
    return starts


def _pointing(visit: Visit, one: Exposure, clock: float) -> Pointing:
    assert one.end is not None
    at, then = visit.look(one.start), visit.look(one.end)
    ra, dec = of_date(visit.target, visit.starts[0])
    return Pointing(
        ra=ra,
        dec=dec,
        altitude=at.altitude,
        azimuth=at.azimuth,
        airmass=(at.airmass, then.airmass),
        parallactic=(at.parallactic, then.parallactic),
        # pupil tracking: half the altitude, half a turn apart; less by half of what is wrong
        rotator=((at.altitude - clock) / 2 + 180, (then.altitude - clock) / 2 + 180),
    )
