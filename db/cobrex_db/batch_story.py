"""Batches as they are read: listed, and one with its rounds, processes, gaps and changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, case, func, select

from . import schema as s
from .errors import CatalogueError
from .valid import VALID
from .workspaces import restrict_batches


def list_batches(
    connection: Connection,
    *,
    name: str | None = None,
    limit: int = 100,
    viewer: str | None = None,
) -> list[dict[str, Any]]:
    """List batches, the latest first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str, optional
        Only the one of this name.
    limit : int
    viewer : str, optional
        Only those this user may see.

    Returns
    -------
    list of dict
        ``name user state started ended processes folder request``.
    """
    b = s.batch.c
    size = (
        select(func.count())
        .select_from(s.batch_process.join(s.round_))
        .where(s.round_.c.batch_id == b.batch_id)
        .scalar_subquery()
    )
    wanted = () if name is None else (b.name == name,)
    query = (
        select(
            b.batch_id,
            b.name,
            s.user.c.name.label("user"),
            b.state,
            b.started,
            b.ended,
            size.label("processes"),
            b.folder,
            b.request,
        )
        .join(s.user, s.user.c.user_id == b.user_id)
        .where(*wanted)
        .order_by(b.batch_id.desc())
        .limit(limit)
    )
    rows = connection.execute(restrict_batches(query, viewer))
    return [dict(row._mapping) for row in rows]


def batch_by_name(
    connection: Connection, name: str | None, *, viewer: str | None = None
) -> dict[str, Any]:
    """Return a batch with its members and gaps; the latest one when no name is given.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str or None
    viewer : str, optional
        Only one this user may see; others are told as if there were none.

    Returns
    -------
    dict
        As `list_batches`, with ``members``; ``gaps`` of its last round; ``changes``: what each
        round did otherwise.

    Raises
    ------
    CatalogueError
        Kind ``unknown-batch``.
    """
    found = next(iter(list_batches(connection, name=name, limit=1, viewer=viewer)), None)
    if found is None:
        if name is None:
            raise CatalogueError(
                "there is no batch yet", hint="cobrex reduce makes one", kind="unknown-batch"
            )
        raise CatalogueError(
            f"there is no batch {name!r}",
            hint="`cobrex batch list` shows those there are",
            kind="unknown-batch",
        )
    found["members"] = _members(connection, found["batch_id"])
    found["gaps"] = _gaps(connection, found["batch_id"])
    found["changes"] = _changes(connection, found["batch_id"])
    return found


def _gaps(connection: Connection, batch_id: int) -> list[dict[str, Any]]:
    g, r = s.plan_gap.c, s.round_.c
    last = select(func.max(r.round_id)).where(r.batch_id == batch_id).scalar_subquery()
    rows = connection.execute(
        select(g.recipe, g.main, g.message, g.hint)
        .where(g.round_id == last)
        .order_by(g.plan_gap_id)
    )
    return [dict(row._mapping) for row in rows]


def _changes(connection: Connection, batch_id: int) -> list[dict[str, Any]]:
    c, r = s.batch_change.c, s.round_.c
    rows = connection.execute(
        select(r.number.label("round"), c.what, s.process.c.key, c.message)
        .join(s.round_, r.round_id == c.round_id)
        .outerjoin(s.process, s.process.c.process_id == c.process_id)
        .where(r.batch_id == batch_id)
        .order_by(c.batch_change_id)
    )
    return [dict(row._mapping) for row in rows]


def _members(connection: Connection, batch_id: int) -> list[dict[str, Any]]:
    p, a = s.process.c, s.attempt.c
    m, r = s.batch_process.c, s.round_.c
    # the batch's own attempt, else the valid one it reused, else the latest
    chosen = (
        select(
            a.process_id,
            func.coalesce(
                func.max(case((a.batch_id == batch_id, a.attempt_id))),
                func.max(case((VALID, a.attempt_id))),
                func.max(a.attempt_id),
            ).label("attempt_id"),
        )
        .join(s.batch_process, m.process_id == a.process_id)
        .join(s.round_, r.round_id == m.round_id)
        .where(r.batch_id == batch_id)
        .group_by(a.process_id)
        .subquery()
    )
    rows = connection.execute(
        select(
            p.key,
            p.recipe,
            p.version,
            s.star.c.identifier.label("star"),
            p.night,
            m.state,
            p.verdict,
            a.reason,
            a.message,
            a.folder,
            a.cpu_s,
            a.number.label("attempt"),
            m.level,
            r.number.label("round"),
            p.process_id,
            p.series,
        )
        .join(s.round_, r.round_id == m.round_id)
        .join(s.process, p.process_id == m.process_id)
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .outerjoin(chosen, chosen.c.process_id == p.process_id)
        .outerjoin(s.attempt, a.attempt_id == chosen.c.attempt_id)
        .where(r.batch_id == batch_id)
        .order_by(m.level, s.star.c.identifier, p.process_id, r.number)
    )
    return _once([dict(row._mapping) for row in rows])


def _once(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each process once, as it fared; `round` is the last that planned it."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        before = found.setdefault(row["key"], row)
        if row["state"] == "reused" and before["state"] != "waiting":
            row["state"] = before["state"]
        found[row["key"]] = row
    return list(found.values())
