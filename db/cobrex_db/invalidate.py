"""What is replaced or refused, and all that was made from that, goes out of use; rows stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, and_, or_, select, update

from . import schema as s
from .chunks import chunks
from .descent import descendants
from .people import utc_now
from .valid import VALID


def supersede(connection: Connection, process_id: int, attempt_id: int) -> list[int]:
    """Invalidate the earlier attempts of a process and everything made from their products.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_id : int
    attempt_id : int
        The new one, which takes their place.

    Returns
    -------
    list of int
        Other processes that went out of use; none when what is replaced was cleaned away: it is
        only made again, and nothing about what was made from it has changed.
    """
    a = s.attempt.c
    earlier = select(a.removed_at).where(
        a.process_id == process_id,
        a.attempt_id != attempt_id,
        VALID,
    )
    replaced = connection.scalars(earlier).all()
    if not replaced:
        return []
    _invalidate(connection, [process_id], spare=attempt_id)
    return withdraw_users(connection, process_id) if None in replaced else []


def withdraw_users(connection: Connection, process_id: int) -> list[int]:
    """Take out of use all that was made from the products of a process, directly or not.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_id : int
        Its own products stay as they are.

    Returns
    -------
    list of int
        Processes whose products were valid.
    """
    made = _valid(connection, descendants(connection, [process_id]))
    withdraw(connection, made)
    return made


def withdraw(connection: Connection, process_ids: Collection[int]) -> None:
    """Take the products of processes out of use; they can be planned again."""
    _invalidate(connection, process_ids)
    for chunk in chunks(process_ids):
        connection.execute(
            update(s.process)
            .where(s.process.c.process_id.in_(chunk))
            .values(state="planned", verdict=None)
        )


def retire(connection: Connection, attempt_id: int) -> None:
    """Take the products of one attempt out of use; what was made from them stays."""
    moment = utc_now()
    a, f = s.attempt.c, s.frame.c
    connection.execute(
        update(s.attempt).where(a.attempt_id == attempt_id).values(invalidated_at=moment)
    )
    connection.execute(
        update(s.frame)
        .where(f.attempt_id == attempt_id, f.state == "present")
        .values(state="invalid", invalidated_at=moment)
    )


def refused_users(connection: Connection, process_ids: Collection[int]) -> set[int]:
    """Return those of some processes that were made from a product that is out of use since."""
    i, f, p = s.process_input.c, s.frame.c, s.process.c
    twin = s.frame.alias()
    stands = select(twin.c.frame_id).where(
        twin.c.content_id == i.content_id, twin.c.state == "present"
    )
    return {
        process_id
        for chunk in chunks(process_ids)
        for process_id in connection.scalars(
            select(i.process_id)
            .join(s.frame, f.content_id == i.content_id)
            .join(s.process, p.process_id == f.process_id)
            .where(
                i.process_id.in_(chunk),
                or_(p.verdict == "fail", and_(f.state == "invalid", ~stands.exists())),
            )
            .distinct()
        )
    }


def _valid(connection: Connection, process_ids: Iterable[int]) -> list[int]:
    a = s.attempt.c
    return [
        found
        for chunk in chunks(process_ids)
        for found in connection.scalars(
            select(a.process_id).where(a.process_id.in_(chunk), VALID).distinct()
        )
    ]


def _invalidate(connection: Connection, process_ids: Iterable[int], *, spare: int = 0) -> None:
    moment = utc_now()
    a, f = s.attempt.c, s.frame.c
    for chunk in chunks(process_ids):
        connection.execute(
            update(s.attempt)
            .where(a.process_id.in_(chunk), a.attempt_id != spare, a.invalidated_at.is_(None))
            .values(invalidated_at=moment)
        )
        connection.execute(
            update(s.frame)
            .where(f.process_id.in_(chunk), f.attempt_id != spare, f.state == "present")
            .values(state="invalid", invalidated_at=moment)
        )
