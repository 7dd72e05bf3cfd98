"""What of a batch is not done and why, counted alike by alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from . import schema as s
from .batch_members import attempts_of, fared


@dataclass(frozen=True, slots=True)
class Alike:
    """Processes of one recipe and one star that failed with the same words.

    Attributes
    ----------
    recipe, version : str
    star : str
        Empty for those that belong to none.
    state, cause, message : str
    count : int
    key : str
        Of one of them.
    """

    recipe: str
    version: str
    star: str
    state: str
    cause: str
    message: str
    count: int
    key: str


def failures(connection: Connection, batch_id: int) -> list[Alike]:
    """Return what of a batch failed, was lost or failed its QC.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id : int

    Returns
    -------
    list of Alike
        What was only blocked or cancelled is not among them (`blocked`).
    """
    return [*_without_products(connection, batch_id), *_spoilt(connection, batch_id)]


def _without_products(connection: Connection, batch_id: int) -> list[Alike]:
    f, p, a = fared([batch_id]), s.process.c, s.attempt.c
    bad = select(f).where(f.c.state.in_(("failed", "lost"))).subquery()
    tried = attempts_of(bad, batch_id)
    cause = func.coalesce(bad.c.cause, a.reason, "")
    message = func.coalesce(a.message, "")
    star = func.coalesce(s.star.c.identifier, "")
    keys = (p.recipe, p.version, star, bad.c.state, cause, message)
    rows = connection.execute(
        select(*keys, func.count(), func.min(p.key))
        .select_from(bad)
        .join(s.process, p.process_id == bad.c.process_id)
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .outerjoin(tried, tried.c.process_id == bad.c.process_id)
        .outerjoin(s.attempt, a.attempt_id == tried.c.attempt_id)
        .group_by(*keys)
    )
    return [Alike(*row) for row in rows]


def _spoilt(connection: Connection, batch_id: int) -> list[Alike]:
    """What is there and failed its QC: the metrics that failed are its message."""
    f, p, q = fared([batch_id]), s.process.c, s.metric.c
    bad = (
        select(f.c.process_id)
        .join(s.process, p.process_id == f.c.process_id)
        .where(f.c.state.in_(("done", "reused")), p.verdict == "fail")
        .subquery()
    )
    tried = attempts_of(bad, batch_id)
    rows = connection.execute(
        select(p.key, p.recipe, p.version, func.coalesce(s.star.c.identifier, ""), q.name)
        .select_from(bad)
        .join(s.process, p.process_id == bad.c.process_id)
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .outerjoin(tried, tried.c.process_id == bad.c.process_id)
        .outerjoin(s.metric, and_(q.attempt_id == tried.c.attempt_id, q.verdict == "fail"))
        .order_by(p.key, q.name)
    ).all()
    metrics: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for *whose, metric in rows:
        metrics[tuple(whose)] += [metric] if metric and metric not in metrics[tuple(whose)] else []
    found: Counter[tuple[str, ...]] = Counter()
    example: dict[tuple[str, ...], str] = {}
    for (key, recipe, version, star), names in metrics.items():
        alike = (recipe, version, star, f"{', '.join(names) or 'its QC'} out of range")
        found[alike] += 1
        example.setdefault(alike, key)
    return [
        Alike(recipe, version, star, "done", "qc", message, number, example[alike])
        for alike, number in found.items()
        for recipe, version, star, message in [alike]
    ]


def blocked(connection: Connection, batch_id: int, *, limit: int = 20) -> list[dict[str, Any]]:
    """Return which failures keep processes of a batch unmade, and how many each.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id : int
    limit : int

    Returns
    -------
    list of dict
        ``key recipe version star count stars``: the process that failed, what waits for it, the
        most first; key None where nobody knows.
    """
    f, own = fared([batch_id]), s.process.alias()
    root, star = s.process.alias(), s.star.alias()
    number = func.count().label("count")
    rows = connection.execute(
        select(
            *(f.c.blocked_by.label("key"), root.c.recipe, root.c.version),
            *(star.c.identifier.label("star"), number),
            func.count(own.c.star_id.distinct()).label("stars"),
        )
        .select_from(f)
        .join(own, own.c.process_id == f.c.process_id)
        .outerjoin(root, root.c.key == f.c.blocked_by)
        .outerjoin(star, star.c.star_id == root.c.star_id)
        .where(f.c.state == "blocked")
        .group_by(f.c.blocked_by, root.c.recipe, root.c.version, star.c.identifier)
        .order_by(number.desc(), f.c.blocked_by)
        .limit(limit)
    )
    return [dict(row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed.

    Attributes
    ----------
    key, recipe, version : str
    star : str or None
    ended : datetime.datetime or None
        UTC.
    reason : str
    message : str or None
    """

    key: str
    recipe: str
    version: str
    star: str | None
    ended: datetime | None
    reason: str
    message: str | None


def latest(connection: Connection, batch_id: int, *, limit: int = 5) -> list[Failure]:
    """Return the attempts of a batch that failed last, the latest first."""
    a, p = s.attempt.c, s.process.c
    failed = or_(a.outcome == "failed", a.outcome == "lost")
    rows = connection.execute(
        select(p.key, p.recipe, p.version, s.star.c.identifier, a.ended, a.reason, a.message)
        .join(s.process, p.process_id == a.process_id)
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .where(a.batch_id == batch_id, failed)
        .order_by(a.attempt_id.desc())
        .limit(limit)
    )
    return [Failure(*row) for row in rows]
