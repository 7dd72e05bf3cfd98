"""How the processes of a round fare: running, done, failed and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from . import schema as s
from .chunks import chunks

_m = s.batch_process.c


@dataclass(frozen=True, slots=True)
class Note:
    """How a process of a round fared.

    Attributes
    ----------
    key, state : str
    cause : str
        Stable word for why it is not done.
    blocked_by : str
        Key of the process whose failure is the root.
    """

    key: str
    state: str
    cause: str = ""
    blocked_by: str = ""


def note(connection: Connection, round_id: int, notes: Iterable[Note]) -> None:
    """Say how processes of a round fared.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    round_id : int
    notes : iterable of Note
    """
    p = s.process.c
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one in notes:
        alike.setdefault((one.state, one.cause, one.blocked_by), []).append(one.key)
    for (state, cause, blocked_by), keys in alike.items():
        for chunk in chunks(keys):
            ids = list(connection.scalars(select(p.process_id).where(p.key.in_(chunk))))
            connection.execute(
                update(s.batch_process)
                .where(_m.round_id == round_id, _m.process_id.in_(ids))
                .values(state=state, cause=cause or None, blocked_by=blocked_by or None)
            )


def note_running(connection: Connection, round_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Say that processes of a round have begun.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    round_id : int
    rows : sequence of mapping
        ``key since host job``; what is not waiting stays as it is.
    """
    connection.execute(
        update(s.batch_process)
        .where(
            _m.round_id == round_id,
            _m.state == "waiting",
            _m.process_id
            == select(s.process.c.process_id)
            .where(s.process.c.key == bindparam("key_"))
            .scalar_subquery(),
        )
        .values(state="running", since=bindparam("s"), host=bindparam("h"), job=bindparam("j")),
        [
            {"key_": row["key"], "s": row["since"], "h": row["host"], "j": row["job"]}
            for row in rows
        ],
    )


def cancel_waiting(connection: Connection, round_id: int) -> None:
    """Say of what has not begun that it will not: the batch was stopped."""
    connection.execute(
        update(s.batch_process)
        .where(_m.round_id == round_id, _m.state == "waiting")
        .values(state="cancelled", cause="cancelled")
    )


def last_round(connection: Connection, batch: str) -> tuple[int, int] | None:
    """Return id and number of the last round of a batch; None when it had none."""
    r, b = s.round_.c, s.batch.c
    row = connection.execute(
        select(r.round_id, r.number)
        .join(s.batch, b.batch_id == r.batch_id)
        .where(b.name == batch)
        .order_by(r.number.desc())
        .limit(1)
    ).first()
    return None if row is None else (int(row[0]), int(row[1]))
