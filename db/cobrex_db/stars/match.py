"""Ties a frame to its star: by name first, then by position at the epoch of the observation."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, isfinite, radians

from sqlalchemy import ColumnElement, Connection, or_, select, true

from cobrex_db.schema import alias, star

from . import motion
from .labels import is_inside, is_label
from .names import normal_form
from .register import Entry, add_star
from .seeds import ensure_seeds

NAME = "name"
POSITION = "position"

_CELL_DEG = 0.02
# how far the fastest star moves in 50 years
_REACH_DEG = 0.15
_COLUMNS = (star.c.star_id, star.c.ra_deg, star.c.dec_deg, star.c.pm_ra_masyr, star.c.pm_dec_masyr)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A star that a frame may be of.

    Attributes
    ----------
    star_id : int
        The star.
    method : str
        ``name`` or ``position``.
    separation_arcsec : float or None
        From the frame's pointing at the epoch of the observation; None when either is not known.
    chosen : bool
        True for exactly one candidate of a frame.
    """

    star_id: int
    method: str
    separation_arcsec: float | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class _Course:
    """Where a star is at 2000.0 and how it moves; no place when its position is not known."""

    star_id: int
    place: motion.Vector | None
    velocity: motion.Vector


class StarMatcher:
    """Finds the stars of frames; remembers what it found.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction. A matcher is good for one transaction: stars it made, and remembers, are
        gone when that is rolled back.
    create : bool
        Whether a target that no catalogue knows becomes a star of its own.
    """

    def __init__(self, connection: Connection, *, create: bool = True) -> None:
        self._connection = connection
        self._create = create
        self._named: dict[str, tuple[_Course, ...]] = {}
        self._cells: dict[tuple[int, int, float], tuple[_Course, ...]] = {}
        ensure_seeds(connection)

    def candidates(
        self,
        target: str | None,
        ra_deg: float | None,
        dec_deg: float | None,
        mjd_obs: float | None,
        radius_arcsec: float,
    ) -> list[Candidate]:
        """Return the stars a frame may be of, the chosen one first.

        A name wins over a position; of several stars of one name the nearest is chosen. A target
        that no catalogue knows, and no position explains, becomes a star of its own (source
        ``header``), unless it is a label such as ``FLAT,LAMP``.

        Parameters
        ----------
        target : str or None
            Target name in the header.
        ra_deg, dec_deg : float or None
            Pointing, ICRS; None or NaN when not known.
        mjd_obs : float or None
            When it was observed; 2000.0 is taken when not known.
        radius_arcsec : float
            How far from the pointing the star may be; 0 when the pointing says nothing.

        Returns
        -------
        list of Candidate
            Empty when nothing is known.
        """
        if target and is_inside(target):
            return []
        known = motion.on_sky(ra_deg, dec_deg) and isfinite(radius_arcsec) and radius_arcsec > 0
        pointing = motion.direction(ra_deg, dec_deg) if known else None  # type: ignore[arg-type]
        years = motion.years_since_j2000(mjd_obs)
        named = _ordered(self._by_name(target) if target else (), pointing, years)
        placed = self._by_position(ra_deg, dec_deg, pointing, years, radius_arcsec)
        if (
            not named
            and not placed
            and self._create
            and target
            and pointing
            and not is_label(target)
        ):
            placed = [(self._new(target, ra_deg, dec_deg), 0.0)]  # type: ignore[arg-type]
            named = [*placed]
        return _choose(named, placed)

    def _by_name(self, target: str) -> tuple[_Course, ...]:
        known = self._named.get(target)
        if known is None:
            key = "" if is_label(target) else normal_form(target)
            query = (
                select(*_COLUMNS)
                .join(alias, alias.c.star_id == star.c.star_id)
                .where(alias.c.name_key == key)
                .order_by(star.c.star_id)
            )
            known = self._courses(query) if key else ()
            self._named[target] = known
        return known

    def _by_position(
        self, ra_deg: float | None, dec_deg: float | None,
        pointing: motion.Vector | None, years: float, radius_arcsec: float,
    ) -> list[tuple[int, float]]:  # fmt: skip
        if ra_deg is None or dec_deg is None or pointing is None:
            return []
        cell = (int(ra_deg % 360 // _CELL_DEG), int(dec_deg // _CELL_DEG), radius_arcsec)
        near = self._cells.get(cell)
        if near is None:
            near = self._courses(select(*_COLUMNS).where(_around(*cell)))
            self._cells[cell] = near
        ordered = _ordered(near, pointing, years)
        return [(s, apart) for s, apart in ordered if apart is not None and apart <= radius_arcsec]

    def _courses(self, query: object) -> tuple[_Course, ...]:
        rows = self._connection.execute(query).tuples()  # type: ignore[call-overload]
        return tuple(_course(*row) for row in rows)

    def _new(self, target: str, ra_deg: float, dec_deg: float) -> int:
        # the normal form as identifier: two imports at once cannot make two stars of one name
        key = normal_form(target)
        entry = Entry(key, ra_deg % 360, dec_deg, None, None, None, None, "header", (target,))
        star_id = add_star(self._connection, entry)
        del self._named[target]
        self._cells.clear()
        return star_id


def _course(
    star_id: int, ra_deg: float | None, dec_deg: float | None,
    pm_ra_masyr: float | None, pm_dec_masyr: float | None,
) -> _Course:  # fmt: skip
    if ra_deg is None or dec_deg is None or not motion.on_sky(ra_deg, dec_deg):
        return _Course(star_id, None, (0.0, 0.0, 0.0))
    place = motion.direction(ra_deg, dec_deg)
    return _Course(star_id, place, motion.velocity(ra_deg, dec_deg, pm_ra_masyr, pm_dec_masyr))


def _ordered(
    courses: tuple[_Course, ...], pointing: motion.Vector | None, years: float
) -> list[tuple[int, float | None]]:
    """Return (star, separation), the nearest first, those without separation last."""
    found = [
        (
            course.star_id,
            motion.separation_arcsec(pointing, motion.carry(course.place, course.velocity, years))
            if pointing and course.place
            else None,
        )
        for course in courses
    ]
    if len(found) > 1:
        found.sort(key=lambda pair: (pair[1] is None, pair[1] or 0.0, pair[0]))
    return found


def _choose(
    named: list[tuple[int, float | None]], placed: list[tuple[int, float]]
) -> list[Candidate]:
    rows = [(star_id, NAME, apart) for star_id, apart in named]
    rows += [(star_id, POSITION, apart) for star_id, apart in placed]
    return [Candidate(*row, chosen=number == 0) for number, row in enumerate(rows)]


def _around(ra_cell: int, dec_cell: int, radius_arcsec: float) -> ColumnElement[bool]:
    """Return the condition for all stars that may come within the radius of a cell."""
    reach = _REACH_DEG + radius_arcsec / 3600
    south = dec_cell * _CELL_DEG - reach
    north = (dec_cell + 1) * _CELL_DEG + reach
    inside = star.c.dec_deg.between(south, north)
    poleward = max(abs(south), abs(north))
    if poleward >= 89.9:
        return inside
    wide = reach / cos(radians(poleward))
    west, east = ra_cell * _CELL_DEG - wide, (ra_cell + 1) * _CELL_DEG + wide
    return inside & _between(west, east)


def _between(west: float, east: float) -> ColumnElement[bool]:
    if east - west >= 360:
        return true()
    if west < 0 or east > 360:
        return or_(star.c.ra_deg >= west % 360, star.c.ra_deg <= east % 360)
    return star.c.ra_deg.between(west, east)
