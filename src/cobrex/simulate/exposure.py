"""What tells one simulated exposure from another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .cards import stamp


@dataclass(frozen=True, slots=True)
class Target:
    """A star that is observed.

    Attributes
    ----------
    name : str
        OBJECT and OBS TARG NAME.
    ra, dec : float
        Degrees, J2000.
    """

    name: str
    ra: float
    dec: float


@dataclass(frozen=True, slots=True)
class Pointing:
    """Where the telescope points and the derotator stands, pupil tracking.

    Attributes
    ----------
    ra, dec : float
        Degrees, equinox of date.
    altitude, azimuth : float
        Degrees, at the start; azimuth from south through west.
    airmass, parallactic, rotator : tuple of float
        At start and end; degrees.
    """

    ra: float
    dec: float
    altitude: float
    azimuth: float
    airmass: tuple[float, float]
    parallactic: tuple[float, float]
    rotator: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What tells one frame's header from another's.

    Attributes
    ----------
    start : datetime.datetime
        UTC.
    arm : {'IFS', 'IRDIS'}
        ESO SEQ ARM.
    catg, type, tech : str
        ESO DPR CATG, TYPE, TECH.
    prism : {'YJ', 'YJH', ''}
        Empty when no prism counts.
    template : str
        ESO TPL ID.
    template_start : datetime.datetime
        ESO TPL START, shared by the exposures of a template.
    number, of : int
        ESO TPL EXPNO and NEXP.
    ob : int
        ESO OBS ID.
    dit : float
        Seconds.
    target : Target, optional
        None for calibrations of the day.
    airmass, parallactic, seeing, tau0 : float
        Conditions; degrees, arcseconds, seconds.
    ndit : int
        Images in the frame.
    end : datetime.datetime, optional
        UTC of the end of the last DIT: ESO DET FRAM UTC.
    filter, nd, coronagraph : str
        ESO INS COMB IFLT of IRDIS, INS4 FILT2 NAME, INS COMB ICOR.
    waffle : bool
        Whether the mirror makes satellite spots.
    pointing : Pointing, optional
        With pupil tracking; without it the field is tracked.
    """

    start: datetime
    arm: str
    catg: str
    type: str
    tech: str
    prism: str
    template: str
    template_start: datetime
    number: int
    of: int
    ob: int
    dit: float
    target: Target | None = None
    airmass: float = 1.0
    parallactic: float = 0.0
    seeing: float = 0.8
    tau0: float = 0.004
    ndit: int = 1
    end: datetime | None = None
    filter: str = "DB_H23"
    nd: str = "OPEN"
    coronagraph: str = "N_NS_CLEAR"
    waffle: bool = False
    pointing: Pointing | None = None

    @property
    def file_name(self) -> str:
        """Name of the file, as the archive's with underscores for colons."""
        return f"SPHER.{stamp(self.start).replace(':', '_')}.fits"
