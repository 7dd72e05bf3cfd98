"""What a new attempt replaces, and all that was made from that, goes out of use; rows stay."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select, update

from . import schema as s
from .people import utc_now


def supersede(connection: Connection, process_id: int, attempt_id: int) -> None:
    """Invalidate the earlier attempts of a process and everything made from their products.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_id : int
    attempt_id : int
        The new one, which takes their place.
    """
    a = s.attempt.c
    earlier = select(a.attempt_id).where(
        a.process_id == process_id,
        a.attempt_id != attempt_id,
        a.outcome == "done",
        a.invalidated_at.is_(None),
    )
    if connection.scalar(earlier.limit(1)) is None:
        return
    downstream = _downstream(connection, process_id)
    _invalidate(connection, [process_id, *downstream], spare=attempt_id)
    if downstream:
        connection.execute(
            update(s.process)
            .where(s.process.c.process_id.in_(downstream))
            .values(state="planned", verdict=None)
        )


def _downstream(connection: Connection, process_id: int) -> list[int]:
    """Return the processes that used a product of a process, directly or through others."""
    f, i = s.frame.c, s.process_input.c
    found: dict[int, None] = {}
    queue = [process_id]
    while queue:
        using = (
            select(i.process_id)
            .join(s.frame, f.content_id == i.content_id)
            .where(f.process_id.in_(queue))
            .distinct()
        )
        queue = [p for p in connection.scalars(using) if p not in found and p != process_id]
        found |= dict.fromkeys(queue)
    return list(found)


def _invalidate(connection: Connection, process_ids: Iterable[int], *, spare: int) -> None:
    moment = utc_now()
    ids = list(process_ids)
    a, f = s.attempt.c, s.frame.c
    connection.execute(
        update(s.attempt)
        .where(a.process_id.in_(ids), a.attempt_id != spare, a.invalidated_at.is_(None))
        .values(invalidated_at=moment)
    )
    connection.execute(
        update(s.frame)
        .where(f.process_id.in_(ids), f.attempt_id != spare, f.state == "present")
        .values(state="invalid", invalidated_at=moment)
    )
