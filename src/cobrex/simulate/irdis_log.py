"""The log of simulated IRDIS nights: which stars are observed when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from cobrex.errors import UsageError

from .ephemeris import Look, look, of_date
from .exposure import Target

STARS = (
    Target("HIP 65426", 201.1504084, -51.5044571),
    Target("HR 4796", 189.0042958, -39.8695075),
    Target("HD 142527", 239.1745411, -42.3231318),
    Target("TW Hya", 165.4662780, -34.7047312),
    Target("HD 115470", 199.5212678, -44.0553834),
    Target("HD 149274", 248.8076612, -35.7246419),
    Target("HD 106906", 184.4716345, -55.9755247),
    Target("HD 131835", 224.2269504, -35.6954605),
    Target("HD 100453", 173.2732344, -54.3245939),
    Target("HD 111520", 192.5821555, -49.8635996),
    Target("RY Lup", 239.1762981, -37.8209728),
    Target("b Cen", 220.4899612, -37.7934983),
    Target("HD 95086", 164.2625875, -68.6673483),
    Target("HD 100546", 173.3560024, -70.1947879),
    Target("HD 114082", 197.3174669, -60.3083475),
    Target("HD 115600", 199.8314166, -59.4723436),
    Target("HR 6252", 253.0839388, -38.0175350),
    Target("PDS 70", 212.0422920, -41.3979170),
    Target("HD 163296", 269.0887001, -21.9560750),
    Target("TYC 7415-284-1", 280.4523750, -35.4287861),
)
"""Up in April nights; Hipparcos (van Leeuwen 2007), PDS 70 of 2MASS, the last of a header."""
DIT = 64.0
FLUX_DIT = 2.0
EXPOSURES = 4
"""Of science, each of NDIT integrations."""
OVERHEAD = 1.0
"""Seconds between integrations."""
STARS_A_NIGHT = 4
_FIRST_NIGHT = {False: datetime(2018, 4, 10), True: datetime(2016, 4, 10)}
_DUSK, _DAWN = timedelta(hours=23.5), timedelta(hours=33.9)
_LEAD, _TRAIL = timedelta(minutes=6), timedelta(minutes=10)
_READ_OUT = timedelta(seconds=12)
_LEAST_TURN, _MOST_TURN = (32.0, 42.0), 56.0
_STEP = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Visit:
    """When a star is observed.

    Attributes
    ----------
    target : Target
        Whom.
    number : int
        Its place in the list of stars.
    night : datetime.date
        Of the evening.
    starts : list of datetime.datetime
        Of the science exposures, UTC.
    """

    target: Target
    number: int
    night: date
    starts: list[datetime]

    def look(self, moment: datetime) -> Look:
        """Return where the star stands at a moment."""
        return look(*of_date(self.target, self.starts[0]), moment)


def last_for(ndit: int, dit: float) -> timedelta:
    """Return how long an exposure lasts."""
    return timedelta(seconds=ndit * (dit + OVERHEAD))


def plan_nights(
    targets: Sequence[Target], nights: int, ndit: int, seed: int, *, early: bool
) -> dict[date, list[Visit]]:
    """Plan nights so that every field turns by 25 to 60 degrees.

    Parameters
    ----------
    targets : sequence of Target
        Whom to observe.
    nights : int
        On how many consecutive nights.
    ndit : int
        Integrations of a science exposure.
    seed : int
        Chooses the first night, in April 2018.
    early : bool
        In April 2016 instead.

    Returns
    -------
    dict of datetime.date to list of Visit
        In order of time.

    Raises
    ------
    UsageError
        When the stars do not fit in the nights.
    """
    first = _FIRST_NIGHT[early] + timedelta(days=seed % 14)
    rng = np.random.default_rng([seed, 12251])
    order = sorted(range(len(targets)), key=lambda n: targets[n].ra)
    plan: dict[date, list[Visit]] = {}
    for night in range(nights):
        evening = first + timedelta(days=night)
        free, visits = evening + _DUSK, plan.setdefault(evening.date(), [])
        for number in order[night::nights]:
            late = timedelta(milliseconds=int(rng.integers(1, 60_000)))
            least = float(rng.uniform(*_LEAST_TURN))
            starts = _starts(targets[number], (free + late, evening + _DAWN), ndit, least)
            visits.append(Visit(targets[number], number, evening.date(), starts))
            free = starts[-1] + last_for(ndit, DIT) + _TRAIL
    return plan


def _starts(
    target: Target, between: tuple[datetime, datetime], ndit: int, least: float
) -> list[datetime]:
    """Find the science exposures: as close together as the field's rotation allows."""
    ra, dec = of_date(target, between[0])
    length = last_for(ndit, DIT)
    for pause in range(0, 41, 2):
        apart = length + _READ_OUT + timedelta(minutes=pause)
        whole = apart * (EXPOSURES - 1) + length
        start = between[0] + _LEAD
        while start + whole + _TRAIL <= between[1]:
            turn = abs(look(ra, dec, start + whole).parallactic - look(ra, dec, start).parallactic)
            if least < turn < _MOST_TURN:
                return [start + apart * n for n in range(EXPOSURES)]
            start += _STEP
    raise UsageError(
        f"{target.name} no longer fits in the night",
        kind="simulate",
        hint="observe on more nights, or fewer stars",
    )
