"""Batches and rounds as they are written: begun, followed, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from . import schema as s
from .belonging import add_processes, lacking_processes
from .errors import CatalogueError
from .people import user_id, utc_now, workspace_id


def begin_batch(
    connection: Connection,
    *,
    name: str,
    user: str,
    workspace: str,
    request: Mapping[str, Any],
    folder: str,
    profile: str,
    host: str,
    forecast: Mapping[str, Any] | None = None,
) -> int:
    """Store a request as a batch.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name, user, workspace, folder, profile, host : str
    request : mapping
        What was asked for.
    forecast : mapping, optional
        What it is estimated to cost.

    Returns
    -------
    int
        Its id.

    Raises
    ------
    CatalogueError
        Kind ``batch-name`` when the name is taken.
    """
    if connection.scalar(select(s.batch.c.batch_id).where(s.batch.c.name == name)) is not None:
        raise CatalogueError(
            f"there is a batch {name!r} already",
            hint=f"cobrex batch retry {name} goes on with it; a new one wants another --name",
            kind="batch-name",
        )
    made = connection.execute(
        insert(s.batch).values(
            name=name,
            user_id=user_id(connection, user),
            workspace_id=workspace_id(connection, workspace),
            request=dict(request),
            folder=folder,
            state="running",
            profile=profile,
            host=host,
            started=utc_now(),
            heartbeat=utc_now(),
            forecast=None if forecast is None else dict(forecast),
        )
    )
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def begin_round(
    connection: Connection,
    *,
    batch_id: int,
    number: int,
    plan: str,
    members: Sequence[tuple[int, str, int]],
    gaps: Sequence[Mapping[str, str]],
    changes: Sequence[Mapping[str, str]] = (),
) -> int:
    """Store a round: its plan, its processes, what could not be planned, what is otherwise.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id, number : int
    plan : str
        Relative to the batch folder.
    members : sequence of (process id, state, level)
    gaps : sequence of mapping
        ``recipe main message hint``.
    changes : sequence of mapping
        ``what key message``.

    Returns
    -------
    int
        Its id.
    """
    made = connection.execute(
        insert(s.round_).values(batch_id=batch_id, number=number, plan=plan, started=utc_now())
    )
    round_id = int(made.inserted_primary_key[0])  # type: ignore[index]
    if members:
        connection.execute(
            insert(s.batch_process),
            [
                {"round_id": round_id, "process_id": p, "state": t, "level": n}
                for p, t, n in members
            ],
        )
        workspace = select(s.batch.c.workspace_id).where(s.batch.c.batch_id == batch_id)
        where = connection.scalars(workspace).one()
        lacking = lacking_processes(connection, where, [p for p, _, _ in members])
        add_processes(connection, where, lacking)
    if gaps:
        connection.execute(insert(s.plan_gap), [{**g, "round_id": round_id} for g in gaps])
    add_changes(connection, round_id, changes)
    return round_id


def add_changes(
    connection: Connection, round_id: int, changes: Sequence[Mapping[str, str]]
) -> None:
    """Say what a round does otherwise.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    round_id : int
    changes : sequence of mapping
        ``what key message``; the key may be of no process yet.
    """
    p = s.process.c
    for change in changes:
        process_id = select(p.process_id).where(p.key == change["key"]).scalar_subquery()
        connection.execute(
            insert(s.batch_change).values(
                round_id=round_id,
                process_id=process_id,
                what=change["what"],
                message=change["message"],
            )
        )


def end_batch(connection: Connection, batch_id: int, state: str) -> None:
    """Close a batch and its open round."""
    moment = utc_now()
    connection.execute(
        update(s.round_)
        .where(s.round_.c.batch_id == batch_id, s.round_.c.ended.is_(None))
        .values(ended=moment)
    )
    connection.execute(
        update(s.batch).where(s.batch.c.batch_id == batch_id).values(state=state, ended=moment)
    )


def beat(connection: Connection, name: str) -> None:
    """Say that the driver of a batch is alive."""
    connection.execute(update(s.batch).where(s.batch.c.name == name).values(heartbeat=utc_now()))


def running(connection: Connection) -> list[str]:
    """Return the names of the batches that have not been closed."""
    b = s.batch.c
    return list(connection.scalars(select(b.name).where(b.state == "running")))


def heartbeat(connection: Connection, name: str) -> datetime | None:
    """Return when the driver of a batch was last heard of, UTC without zone."""
    b = s.batch.c
    found: datetime | None = connection.scalar(select(b.heartbeat).where(b.name == name))
    return found


def close(connection: Connection, name: str, state: str) -> None:
    """Close a batch whose driver is gone; one that is closed stays as it is."""
    b = s.batch.c
    found = connection.scalar(select(b.batch_id).where(b.name == name, b.state == "running"))
    if found is not None:
        end_batch(connection, found, state)


def reopen_batch(connection: Connection, name: str, *, profile: str, host: str) -> tuple[int, int]:
    """Open a closed batch again.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name, profile, host : str

    Returns
    -------
    (int, int)
        Its id, and the number of its last round.

    Raises
    ------
    CatalogueError
        Kind ``batch-running``: somebody drives it, or was faster.
    """
    b, r = s.batch.c, s.round_.c
    now = utc_now()
    opened = connection.execute(
        update(s.batch)
        .where(b.name == name, b.state != "running")
        .values(state="running", ended=None, heartbeat=now, profile=profile, host=host)
    )
    if opened.rowcount != 1:
        raise CatalogueError(
            f"batch {name} is being driven already",
            hint=f"cobrex batch watch {name}",
            kind="batch-running",
        )
    batch_id = connection.scalars(select(b.batch_id).where(b.name == name)).one()
    last = connection.scalar(select(func.max(r.number)).where(r.batch_id == batch_id))
    return batch_id, int(last or 0)
