"""What was cleaned away, as the catalogue has it: out of use, its lineage kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from . import schema as s
from .chunks import chunks
from .cleaning import FAILED, INVALID, Candidate, kept
from .valid import VALID


def remove(
    connection: Connection,
    wanted: Sequence[Candidate],
    moment: datetime,
    user: str,
    frames_in_use: Collection[int] = (),
) -> list[Candidate]:
    """Mark attempts as cleaned away; their files are to follow.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    wanted : sequence of Candidate
    moment : datetime.datetime
        UTC; stands in ``attempt.removed_at``.
    user : str
        Who cleans.
    frames_in_use : collection of int
        Inputs of running batches.

    Returns
    -------
    list of Candidate
        Those marked: less what somebody began to use since they were chosen.
    """
    _hold(connection, wanted)
    holds = kept(connection, wanted, user, frames_in_use)
    now = _as_chosen(connection, wanted)
    going = [one for one in wanted if one.attempt_id not in holds and one.attempt_id in now]
    for one in going:
        mark(connection, one, moment, user)
    return going


def _hold(connection: Connection, wanted: Sequence[Candidate]) -> None:
    """Let nobody plan, accept or export them until they are marked: rows refer to these."""
    for table, column, ids in (
        (s.process, s.process.c.process_id, [one.process_id for one in wanted]),
        (s.attempt, s.attempt.c.attempt_id, [one.attempt_id for one in wanted]),
    ):
        for chunk in chunks(ids):
            connection.execute(
                select(column).select_from(table).where(column.in_(chunk)).with_for_update()
            ).all()


def mark(connection: Connection, one: Candidate, moment: datetime, user: str) -> None:
    """Mark one attempt as cleaned away, whatever it is used for."""
    _drop_products(connection, one, moment)
    _mark(connection, one, moment, user)


def _as_chosen(connection: Connection, wanted: Sequence[Candidate]) -> set[int]:
    """Those that are still what they were chosen for: failed, out of use, or valid."""
    a = s.attempt.c
    state: dict[int, str] = {}
    for chunk in chunks(one.attempt_id for one in wanted):
        rows = connection.execute(
            select(a.attempt_id, a.outcome, a.invalidated_at).where(a.attempt_id.in_(chunk))
        )
        for number, outcome, invalidated in rows:
            done = "valid" if invalidated is None else INVALID
            state[number] = done if outcome == "done" else FAILED
    return {
        one.attempt_id
        for one in wanted
        if state.get(one.attempt_id) == (one.kind if one.kind in {FAILED, INVALID} else "valid")
    }


def _drop_products(connection: Connection, one: Candidate, moment: datetime) -> None:
    f, file = s.frame.c, s.file.c
    for chunk in chunks(one.files):
        connection.execute(
            update(s.frame)
            .where(f.frame_id.in_(chunk), f.state == "present")
            .values(state="removed", invalidated_at=moment)
        )
        places = connection.execute(
            select(file.file_id, file.frame_id, file.path).where(file.frame_id.in_(chunk))
        )
        gone = [
            row.file_id
            for row in places
            if f"/{row.path}".endswith(f"/{one.folder}/{one.files[row.frame_id]}")
        ]
        connection.execute(delete(s.file).where(file.file_id.in_(gone)))


def _mark(connection: Connection, one: Candidate, moment: datetime, user: str) -> None:
    a, p = s.attempt.c, s.process.c
    values: dict[str, object] = {"removed_at": moment, "size_bytes": _left(connection, one)}
    if one.kind != FAILED:
        values |= {"reason": one.kind, "message": f"cleaned away by {user}"}
        if one.whole:
            values["invalidated_at"] = func.coalesce(a.invalidated_at, moment)
    connection.execute(update(s.attempt).where(a.attempt_id == one.attempt_id).values(**values))
    valid = select(a.attempt_id).where(a.process_id == one.process_id, VALID).limit(1)
    if one.kind not in {FAILED, INVALID} and connection.scalar(valid) is None:
        connection.execute(
            update(s.process)
            .where(p.process_id == one.process_id)
            .values(state="planned", verdict=None)
        )


def _left(connection: Connection, one: Candidate) -> int:
    f, file = s.frame.c, s.file.c
    query = (
        select(func.sum(file.size_bytes))
        .join(s.frame, f.frame_id == file.frame_id)
        .where(f.attempt_id == one.attempt_id)
    )
    return int(connection.scalar(query) or 0)


def removed_at(connection: Connection, attempt_ids: Collection[int]) -> dict[int, datetime]:
    """Return when attempts were cleaned away; those that were not are left out."""
    a = s.attempt.c
    return {
        number: moment
        for chunk in chunks(attempt_ids)
        for number, moment in connection.execute(
            select(a.attempt_id, a.removed_at).where(
                a.attempt_id.in_(chunk), a.removed_at.is_not(None)
            )
        )
    }
