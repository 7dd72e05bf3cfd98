"""What past attempts of recipes used and left: time, memory, disk."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, union_all

from . import schema as s
from .chunks import chunks

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
    """What a batch used.

    Attributes
    ----------
    attempts : int
    cpu_s : float
    memory_bytes : int
        Largest of one process.
    size_bytes : int
        Of its products.
    """

    attempts: int
    cpu_s: float
    memory_bytes: int
    size_bytes: int


def spent(connection: Connection, batch_id: int) -> Spent:
    """Return what the attempts of a batch used so far.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id : int

    Returns
    -------
    Spent
    """
    a, f = s.attempt.c, s.frame.c
    row = connection.execute(
        select(func.count(), func.sum(a.cpu_s), func.max(a.memory_bytes)).where(
            a.batch_id == batch_id
        )
    ).one()
    size = connection.scalar(
        select(func.sum(s.file.c.size_bytes))
        .join(s.frame, f.frame_id == s.file.c.frame_id)
        .join(s.attempt, a.attempt_id == f.attempt_id)
        .where(a.batch_id == batch_id)
    )
    return Spent(row[0], float(row[1] or 0.0), int(row[2] or 0), int(size or 0))
