"""What past attempts of recipes used and left: time, memory, disk."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, union_all

from . import schema as s
from .chunks import chunks
from .people import utc_now

LATEST = 500
_STATES = ("done", "failed", "lost")


class Usage(NamedTuple):
    """One past attempt.

    Attributes
    ----------
    recipe, code_hash, outcome, reason : str
    elapsed_s, cpu_s : float
        On the clock, and of processors; seconds.
    memory_bytes : int
        Largest resident size.
    """

    recipe: str
    code_hash: str
    outcome: str
    reason: str
    elapsed_s: float
    cpu_s: float
    memory_bytes: int


class Left(NamedTuple):
    """What past processes of a recipe left of one frame type.

    Attributes
    ----------
    recipe, frame_type : str
    size_bytes : int
        Of all of them together.
    attempts : int
        How many left some of this type.
    """

    recipe: str
    frame_type: str
    size_bytes: int
    attempts: int


def used(connection: Connection, recipes: Collection[str]) -> list[Usage]:
    """Return what the latest processes of recipes used, whatever became of them.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipes : collection of str
        ``namespace/name``.

    Returns
    -------
    list of Usage
        The attempts of at most the latest `LATEST` processes in each state, by recipe.
    """
    p, a = s.process.c, s.attempt.c
    found = []
    for recent in _recent(recipes, _STATES):
        rows = connection.execute(
            select(
                *(p.recipe, p.code_hash, a.outcome, a.reason),
                *(a.started, a.ended, a.cpu_s, a.memory_bytes),
            )
            .join(recent, recent.c.process_id == p.process_id)
            .join(s.attempt, a.process_id == p.process_id)
            .where(a.started.is_not(None), a.ended.is_not(None))
        )
        found += [
            Usage(
                *(row.recipe, row.code_hash, row.outcome, row.reason),
                max(0.0, (row.ended - row.started).total_seconds()),
                row.cpu_s or 0.0,
                row.memory_bytes or 0,
            )
            for row in rows
        ]
    return found


def left(connection: Connection, recipes: Collection[str]) -> list[Left]:
    """Return how much the latest done processes of recipes left on disk, by frame type.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipes : collection of str
        ``namespace/name``.

    Returns
    -------
    list of Left
    """
    p, f, t = s.process.c, s.frame.c, s.frame_type.c
    found = []
    for recent in _recent(recipes, ("done",)):
        rows = connection.execute(
            select(
                p.recipe,
                t.name,
                func.sum(s.file.c.size_bytes),
                func.count(func.distinct(f.attempt_id)),
            )
            .join(recent, recent.c.process_id == p.process_id)
            .join(s.frame, f.process_id == p.process_id)
            .join(s.file, s.file.c.frame_id == f.frame_id)
            .join(s.frame_type, t.frame_type_id == f.frame_type_id)
            .where(f.attempt_id.is_not(None))
            .group_by(p.recipe, t.name)
        )
        found += [Left(recipe, name, int(size), count) for recipe, name, size, count in rows]
    return found


def _recent(recipes: Collection[str], states: Collection[str]) -> Iterator[Any]:
    """Ids of the latest processes of recipes: the ends of an index, however many there are."""
    p = s.process.c
    for chunk in chunks(sorted(recipes)):
        ends = [
            select(p.process_id)
            .where(p.recipe == recipe, p.state == state)
            .order_by(p.process_id.desc())
            .limit(LATEST)
            .subquery()
            for recipe in chunk
            for state in states
        ]
        # SQLite takes at most 500 of them in one statement
        for start in range(0, len(ends), 400):
            yield union_all(*(select(end) for end in ends[start : start + 400])).subquery()


class Spent(NamedTuple):
    """What a batch was foreseen to take, and what it took.

    Attributes
    ----------
    name, state : str
    forecast : mapping or None
        `cobrex.batch.estimate.Estimate` as JSON; None for a batch of before there were any.
    wall_s : float
        Seconds on the clock; so far, of a batch that runs.
    attempts : int
    cpu_s : float
    memory_bytes : int
        The most that one process used.
    size_bytes : int
        Of its products.
    """

    name: str
    state: str
    forecast: Mapping[str, Any] | None
    wall_s: float
    attempts: int
    cpu_s: float
    memory_bytes: int
    size_bytes: int


def spent_by(connection: Connection, batch_id: int) -> Spent:
    """Return what a batch that is there took so far."""
    return _spent(connection, [batch_id])[0]


def spent_lately(connection: Connection, *, limit: int = 50) -> list[Spent]:
    """Return what the latest batches took that were foreseen and done as planned.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    limit : int

    Returns
    -------
    list of Spent
        The latest first, whoever they belong to: numbers only.
    """
    b = s.batch.c
    latest = (
        select(b.batch_id)
        .where(b.state == "done", b.forecast.is_not(None), b.ended.is_not(None))
        .order_by(b.batch_id.desc())
        .limit(limit)
    )
    return _spent(connection, list(connection.scalars(latest)))


def _spent(connection: Connection, batch_ids: Collection[int]) -> list[Spent]:
    a, b = s.attempt.c, s.batch.c
    used_by = (
        select(
            a.batch_id,
            func.count().label("attempts"),
            func.sum(a.cpu_s).label("cpu_s"),
            func.max(a.memory_bytes).label("memory_bytes"),
        )
        .where(a.batch_id.in_(batch_ids))
        .group_by(a.batch_id)
        .subquery()
    )
    rows = connection.execute(
        select(
            *(b.batch_id, b.name, b.state, b.forecast, b.started, b.ended),
            *(used_by.c.attempts, used_by.c.cpu_s, used_by.c.memory_bytes),
        )
        .outerjoin(used_by, used_by.c.batch_id == b.batch_id)
        .where(b.batch_id.in_(batch_ids))
        .order_by(b.batch_id.desc())
    ).all()
    sizes = _sizes(connection, batch_ids)
    return [
        Spent(
            *(row.name, row.state, row.forecast),
            ((row.ended or utc_now()) - row.started).total_seconds(),
            *(row.attempts or 0, row.cpu_s or 0.0, row.memory_bytes or 0),
            sizes.get(row.batch_id, 0),
        )
        for row in rows
    ]


def _sizes(connection: Connection, batch_ids: Collection[int]) -> dict[int, int]:
    a, f = s.attempt.c, s.frame.c
    rows = connection.execute(
        select(a.batch_id, func.sum(s.file.c.size_bytes))
        .join(s.frame, f.attempt_id == a.attempt_id)
        .join(s.file, s.file.c.frame_id == f.frame_id)
        .where(a.batch_id.in_(batch_ids))
        .group_by(a.batch_id)
    )
    return {batch_id: int(size) for batch_id, size in rows}
