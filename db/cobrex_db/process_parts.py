"""What belongs to one process: its inputs, its attempts with their metrics."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, and_, func, select

from . import schema as s
from .chunks import chunks


def inputs_of(connection: Connection, process_id: int) -> list[dict[str, Any]]:
    """Return the inputs of a process, in order."""
    i, f = s.process_input.c, s.frame.c
    rows = connection.execute(
        select(i.role, i.frame_type, i.content_id, i.why, func.min(f.frame_id).label("frame_id"))
        .outerjoin(s.frame, and_(f.content_id == i.content_id, f.state != "replaced"))
        .where(i.process_id == process_id)
        .group_by(i.position, i.role, i.frame_type, i.content_id, i.why)
        .order_by(i.position)
    )
    return [dict(row._mapping) for row in rows]


def attempts_of(connection: Connection, process_id: int) -> list[dict[str, Any]]:
    """Return the attempts of a process with their metrics, the latest first."""
    a, m = s.attempt.c, s.metric.c
    attempts = [
        dict(row._mapping)
        for row in connection.execute(
            select(s.attempt).where(a.process_id == process_id).order_by(a.number.desc())
        )
    ]
    for attempt in attempts:
        rows = connection.execute(
            select(m.name, m.value, m.unit, m.low, m.high, m.verdict, m.product_role)
            .where(m.attempt_id == attempt["attempt_id"])
            .order_by(m.metric_id)
        )
        attempt["metrics"] = [dict(row._mapping) for row in rows]
    return attempts


def product_files(connection: Connection, attempt_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of the products of attempts; those without are left out."""
    f = s.frame.c
    found: dict[int, list[str]] = {}
    for chunk in chunks(attempt_ids):
        rows = connection.execute(
            select(f.attempt_id, f.archive_name).where(f.attempt_id.in_(chunk))
        ).all()
        for attempt_id, name in rows:
            found.setdefault(attempt_id, []).append(name)
    return found
