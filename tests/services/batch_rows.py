"""Batches in a catalogue whose processes fared as a test wants, without anything being made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from cobrex_db import batches
from cobrex_db import schema as s
from cobrex_db.people import user_id, utc_now


@dataclass(frozen=True)
class Row:
    """One process.

    Attributes
    ----------
    step, star : str
        Its recipe; one the catalogue need not know yet.
    state : str
        In the batch.
    took_s, ended_s : float
        Seconds it took, seconds ago that it ended; it began so long ago when it runs.
    cause, message, metric : str
        Why it is not done; the metric that failed.
    blocked_by : int
        Which row keeps it unmade.
    """

    step: str = "toy_flat"
    star: str = "HR 100"
    state: str = "done"
    took_s: float = 10.0
    ended_s: float = 60.0
    cause: str = ""
    message: str = ""
    metric: str = ""
    blocked_by: int | None = None


def key(number: int) -> str:
    """Key of the process of a row."""
    return f"{number:08d}".ljust(43, "k")


def begin(
    connection: Connection,
    rows: Iterable[Row],
    *,
    name: str = "survey",
    request: Mapping[str, Any] | None = None,
    profile: str = "local",
    host: str = "head1",
    **batch: Any,
) -> int:
    """Put a batch of one round into a catalogue; return its id."""
    rows = list(rows)
    first = (connection.scalar(select(func.max(s.process.c.process_id))) or 0) + 1
    made = batches.begin_batch(
        connection,
        name=name,
        user="ada",
        workspace="public",
        request=request or {"workflow": "toy"},
        folder=f"batches/{name}",
        profile=profile,
        host=host,
    )
    connection.execute(
        s.batch.update().where(s.batch.c.batch_id == made).values(heartbeat=utc_now(), **batch)
    )
    stars = _stars(connection, {row.star for row in rows})
    connection.execute(
        insert(s.process), [_process(first + n, row, stars) for n, row in enumerate(rows)]
    )
    add_round(connection, made, {first + n: row for n, row in enumerate(rows)}, first=first)
    return made


def add_round(
    connection: Connection, batch_id: int, rows: Mapping[int, Row], *, number: int = 1, first: int
) -> None:
    """Put a round of processes that are there into a batch."""
    round_id = batches.begin_round(
        connection, batch_id=batch_id, number=number, plan="plan-1.sqlite", members=[], gaps=[]
    )
    connection.execute(
        insert(s.batch_process),
        [_member(round_id, p, row, first) for p, row in rows.items()],
    )
    tried = {
        p: row for p, row in rows.items() if row.state in {"done", "failed", "lost", "blocked"}
    }
    if tried:
        user = user_id(connection, "ada")
        connection.execute(
            insert(s.attempt),
            [_attempt(batch_id, user, p, row, number) for p, row in tried.items()],
        )
    _metrics(connection, {p: row.metric for p, row in rows.items() if row.metric})


def _stars(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    c = s.star.c
    for name in sorted(set(names) - set(connection.scalars(select(c.identifier)))):
        connection.execute(insert(s.star).values(identifier=name, source="test"))
    return dict(connection.execute(select(c.identifier, c.star_id)).tuples().all())


def _process(number: int, row: Row, stars: Mapping[str, int]) -> dict[str, Any]:
    return {
        "process_id": number,
        "key": key(number),
        "recipe": f"main/{row.step}",
        "version": "1.0.0",
        "code_hash": "c" * 43,
        "environment_digest": "e" * 43,
        "parameters": {},
        "series": f"{number:08d}".ljust(43, "s"),
        "star_id": stars[row.star],
        "night": date(2020, 3, 7),
        "association": row.step,
        "state": row.state if row.state in {"done", "failed", "blocked", "lost"} else "planned",
        "verdict": ("fail" if row.metric else "pass") if row.state == "done" else None,
        "created": utc_now(),
    }


def _member(round_id: int, number: int, row: Row, first: int) -> dict[str, Any]:
    begun = row.state not in {"waiting", "reused", "blocked"}
    return {
        "round_id": round_id,
        "process_id": number,
        "state": row.state,
        "level": 0,
        "cause": row.cause or None,
        "blocked_by": None if row.blocked_by is None else key(first + row.blocked_by),
        "since": _ago(row.ended_s + row.took_s) if begun else None,
        "host": "node7" if begun else None,
        "job": "4711" if begun else None,
    }


def _attempt(batch_id: int, user: int, number: int, row: Row, tries: int) -> dict[str, Any]:
    return {
        "uuid": f"{number}-{tries}",
        "process_id": number,
        "number": tries,
        "batch_id": batch_id,
        "user_id": user,
        "folder": f"main/{row.step}/1.0.0/{key(number)}/{tries}",
        "outcome": row.state,
        "reason": row.cause,
        "message": row.message,
        "started": _ago(row.ended_s + row.took_s),
        "ended": _ago(row.ended_s),
        "cpu_s": row.took_s,
        "record": {"key": key(number), "filler": "x" * 400},
    }


def _metrics(connection: Connection, failed: Mapping[int, str]) -> None:
    a = s.attempt.c
    for process_id, metric in failed.items():
        attempt = select(func.max(a.attempt_id)).where(a.process_id == process_id)
        connection.execute(
            insert(s.metric).values(
                attempt_id=connection.scalar(attempt), name=metric, value=9.0, verdict="fail"
            )
        )


def _ago(seconds: float) -> datetime:
    return utc_now() - timedelta(seconds=seconds)
