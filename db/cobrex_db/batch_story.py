"""Batches as they are read: listed, and one with its rounds, processes, gaps and changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from . import schema as s
from .batch_members import counts, members
from .errors import CatalogueError
from .workspaces import restrict_batches


def list_batches(
    connection: Connection, *, limit: int = 100, viewer: str | None = None
) -> list[dict[str, Any]]:
    """List batches, the latest first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    limit : int
    viewer : str, optional
        Only those this user may see.

    Returns
    -------
    list of dict
        ``name user workspace state profile host heartbeat started ended processes folder request
        forecast counts batch_id``; counts as `cobrex_db.batch_members.counts`, processes their sum.
    """
    rows = _headers(connection, limit, viewer)
    tally = counts(connection, [row["batch_id"] for row in rows])
    for row in rows:
        row["counts"] = dict(tally[row["batch_id"]])
        row["processes"] = row["counts"].get("total", 0)
    return rows


def find_batch(
    connection: Connection, name: str | None, *, viewer: str | None = None
) -> dict[str, Any]:
    """Return a batch without its processes; the latest one when no name is given.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str or None
    viewer : str, optional
        Only one this user may see; others are told as if there were none.

    Returns
    -------
    dict
        As `list_batches`, without ``processes`` and ``counts``.

    Raises
    ------
    CatalogueError
        Kind ``unknown-batch``.
    """
    wanted = () if name is None else (s.batch.c.name == name,)
    found = next(iter(_headers(connection, 1, viewer, *wanted)), None)
    if found is not None:
        return found
    if name is None:
        raise CatalogueError(
            "there is no batch yet", hint="cobrex reduce makes one", kind="unknown-batch"
        )
    raise CatalogueError(
        f"there is no batch {name!r}",
        hint="`cobrex batch list` shows those there are",
        kind="unknown-batch",
    )


def batch_by_name(
    connection: Connection, name: str | None, *, viewer: str | None = None
) -> dict[str, Any]:
    """Return a batch with all its members, its gaps and changes.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str or None
        The latest one when None.
    viewer : str, optional
        Only one this user may see; others are told as if there were none.

    Returns
    -------
    dict
        As `find_batch`, with ``members`` (`cobrex_db.batch_members.members`), ``gaps``,
        ``changes``.

    Raises
    ------
    CatalogueError
        Kind ``unknown-batch``.
    """
    found = find_batch(connection, name, viewer=viewer)
    found["members"] = members(connection, found["batch_id"])
    found["gaps"] = gaps(connection, found["batch_id"])
    found["changes"] = changes(connection, found["batch_id"])
    return found


def rounds(connection: Connection, batch_id: int) -> list[dict[str, Any]]:
    """Return the rounds of a batch: ``number plan started ended``."""
    r = s.round_.c
    rows = connection.execute(
        select(r.number, r.plan, r.started, r.ended)
        .where(r.batch_id == batch_id)
        .order_by(r.number)
    )
    return [dict(row._mapping) for row in rows]


def gaps(connection: Connection, batch_id: int) -> list[dict[str, Any]]:
    """Return what the last round of a batch could not plan: ``recipe main message hint``."""
    g, r = s.plan_gap.c, s.round_.c
    last = select(func.max(r.round_id)).where(r.batch_id == batch_id).scalar_subquery()
    rows = connection.execute(
        select(g.recipe, g.main, g.message, g.hint)
        .where(g.round_id == last)
        .order_by(g.plan_gap_id)
    )
    return [dict(row._mapping) for row in rows]


def changes(connection: Connection, batch_id: int) -> list[dict[str, Any]]:
    """Return what each round of a batch did otherwise: ``round what key message``."""
    c, r = s.batch_change.c, s.round_.c
    rows = connection.execute(
        select(r.number.label("round"), c.what, s.process.c.key, c.message)
        .join(s.round_, r.round_id == c.round_id)
        .outerjoin(s.process, s.process.c.process_id == c.process_id)
        .where(r.batch_id == batch_id)
        .order_by(c.batch_change_id)
    )
    return [dict(row._mapping) for row in rows]


def _headers(
    connection: Connection, limit: int, viewer: str | None, *wanted: ColumnElement[bool]
) -> list[dict[str, Any]]:
    b = s.batch.c
    query = (
        select(
            *(b.batch_id, b.name, s.user.c.name.label("user")),
            s.workspace.c.name.label("workspace"),
            *(b.state, b.profile, b.host, b.heartbeat, b.started, b.ended, b.folder, b.request),
            b.forecast,
        )
        .join(s.user, s.user.c.user_id == b.user_id)
        .join(s.workspace, s.workspace.c.workspace_id == b.workspace_id)
        .where(*wanted)
        .order_by(b.batch_id.desc())
        .limit(limit)
    )
    return [dict(row._mapping) for row in connection.execute(restrict_batches(query, viewer))]
