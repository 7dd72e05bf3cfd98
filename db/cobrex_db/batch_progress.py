"""How a batch gets on: its steps, what runs now, what has ended of late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, select

from . import schema as s
from .batch_members import fared
from .chunks import chunks

SAMPLE = 500


@dataclass(slots=True)
class Step:
    """The processes of one star and one step of a batch.

    Attributes
    ----------
    star : str
        Empty for those that belong to none.
    step : str
        The rule that planned them, else the recipe.
    recipe, version : str
        ``namespace/name`` and version; the latest of several.
    level : int
        How many steps of the plan lie below.
    counts : Counter
        ``total``, states, ``qc_fail``, as `cobrex_db.batch_members.counts`.
    """

    star: str
    step: str
    recipe: str
    version: str
    level: int
    counts: Counter[str] = field(default_factory=Counter)


def steps(connection: Connection, batch_id: int, *, by_star: bool = True) -> list[Step]:
    """Count the processes of a batch star by star and step by step.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id : int
    by_star : bool
        False: the steps of all stars together; the star is empty.

    Returns
    -------
    list of Step
        By star, then producers first.
    """
    f, p = fared([batch_id]), s.process.c
    spoilt = and_(f.c.state.in_(("done", "reused")), p.verdict == "fail")
    keys = (*([p.star_id] if by_star else []), p.association, p.recipe, p.version, f.c.state)
    star = p.star_id if by_star else func.max(None)
    rows = connection.execute(
        select(
            star.label("star_id"),
            *(p.association, p.recipe, p.version, f.c.state),
            func.max(f.c.level).label("level"),
            func.sum(case((spoilt, 1), else_=0)).label("bad"),
            func.count().label("number"),
        )
        .select_from(f)
        .join(s.process, p.process_id == f.c.process_id)
        .group_by(*keys)
    ).all()
    names = _names(connection, {row[0] for row in rows if row[0] is not None})
    found: dict[tuple[str, str], Step] = {}
    for star_id, association, recipe, version, state, level, bad, number in rows:
        whose = (names.get(star_id, ""), association or recipe)
        one = found.get(whose)
        if one is None:
            one = found[whose] = Step(*whose, recipe, version, level)
        one.level = max(one.level, level)
        one.counts[state] += number
        one.counts["total"] += number
        one.counts["qc_fail"] += int(bad)
    return sorted(found.values(), key=lambda one: (one.star, one.level, one.step))


def _names(connection: Connection, star_ids: Iterable[int]) -> dict[int, str]:
    c = s.star.c
    return {
        number: name
        for chunk in chunks(star_ids)
        for number, name in connection.execute(
            select(c.star_id, c.identifier).where(c.star_id.in_(chunk))
        )
    }


def running(connection: Connection, batch_id: int, *, limit: int = 10) -> list[dict[str, Any]]:
    """Return the processes of a batch that run now, the longest first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id : int
    limit : int

    Returns
    -------
    list of dict
        ``key recipe version step star night since host job``.
    """
    m, p, r = s.batch_process.c, s.process.c, s.round_.c
    last = select(func.max(r.round_id)).where(r.batch_id == batch_id).scalar_subquery()
    rows = connection.execute(
        select(
            *(p.key, p.recipe, p.version, p.association.label("step")),
            *(s.star.c.identifier.label("star"), p.night, m.since, m.host, m.job),
        )
        .select_from(s.batch_process)
        .join(s.process, p.process_id == m.process_id)
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .where(m.round_id == last, m.state == "running")
        .order_by(m.since, m.process_id)
        .limit(limit)
    )
    return [dict(row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt of a batch that has ended.

    Attributes
    ----------
    recipe : str
        ``namespace/name``.
    outcome : str
    started, ended : datetime.datetime or None
        UTC.
    """

    recipe: str
    outcome: str
    started: datetime | None
    ended: datetime | None

    @property
    def took_s(self) -> float | None:
        """Seconds on the clock; None when nobody knows."""
        if self.started is None or self.ended is None:
            return None
        return (self.ended - self.started).total_seconds()


def ended(connection: Connection, batch_id: int) -> list[Ended]:
    """Return the `SAMPLE` attempts of a batch that came into the catalogue last, latest first."""
    a, p = s.attempt.c, s.process.c
    rows = connection.execute(
        select(p.recipe, a.outcome, a.started, a.ended)
        .join(s.process, p.process_id == a.process_id)
        .where(a.batch_id == batch_id)
        .order_by(a.attempt_id.desc())
        .limit(SAMPLE)
    )
    return [Ended(*row) for row in rows]


def stale(connection: Connection, batch_id: int) -> list[dict[str, Any]]:
    """Return the processes of a batch for which something better can be made.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id : int

    Returns
    -------
    list of dict
        ``key recipe version why``.
    """
    f, p, x = fared([batch_id]), s.process.c, s.series.c
    rows = connection.execute(
        select(p.key, p.recipe, p.version, func.coalesce(x.stale_why, "").label("why"))
        .select_from(f)
        .join(s.process, p.process_id == f.c.process_id)
        .join(s.series, x.series == p.series)
        .where(x.stale_since.is_not(None))
        .order_by(f.c.level, p.process_id)
    )
    return [dict(row._mapping) for row in rows]
