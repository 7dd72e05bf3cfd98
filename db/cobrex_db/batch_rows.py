"""A batch as plain values that mean the same in every catalogue, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from . import schema as s
from .batches import add_changes
from .belonging import add_processes
from .chunks import chunks
from .moments import as_moment, as_text
from .people import user_id
from .rebuild import enter_workspace

_PLAIN = ("name", "state", "request", "profile", "host", "forecast")
_OF_MEMBER = ("state", "level", "cause", "blocked_by", "host", "job")


def dump(connection: Connection, name: str) -> dict[str, Any]:
    """Return a batch as plain values.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str
        Of a batch there is.

    Returns
    -------
    dict
        ``name user workspace state request started ended profile host forecast rounds``; of each
        round ``number started ended members gaps changes``.
    """
    b = s.batch.c
    row = connection.execute(
        select(s.batch, s.user.c.name.label("user"), s.workspace.c.name.label("workspace"))
        .join(s.user, s.user.c.user_id == b.user_id)
        .join(s.workspace, s.workspace.c.workspace_id == b.workspace_id)
        .where(b.name == name)
    ).one()
    values = {n: getattr(row, n) for n in (*_PLAIN, "user", "workspace")}
    rounds = connection.execute(
        select(s.round_).where(s.round_.c.batch_id == row.batch_id).order_by(s.round_.c.number)
    )
    return {
        **values,
        "started": as_text(row.started),
        "ended": as_text(row.ended),
        "rounds": [_round(connection, one) for one in rounds.all()],
    }


def _round(connection: Connection, row: Any) -> dict[str, Any]:
    m, p, g, c = s.batch_process.c, s.process.c, s.plan_gap.c, s.batch_change.c
    members = connection.execute(
        select(p.key, *(m[n] for n in _OF_MEMBER), m.since)
        .join(s.process, p.process_id == m.process_id)
        .where(m.round_id == row.round_id)
        .order_by(m.level, p.process_id)
    )
    gaps = connection.execute(
        select(g.recipe, g.main, g.message, g.hint)
        .where(g.round_id == row.round_id)
        .order_by(g.plan_gap_id)
    )
    changes = connection.execute(
        select(c.what, p.key, c.message)
        .outerjoin(s.process, p.process_id == c.process_id)
        .where(c.round_id == row.round_id)
        .order_by(c.batch_change_id)
    )
    return {
        "number": row.number,
        "started": as_text(row.started),
        "ended": as_text(row.ended),
        "members": [[*one[:-1], as_text(one.since)] for one in members],
        "gaps": [dict(one._mapping) for one in gaps],
        "changes": [dict(one._mapping) for one in changes],
    }


def batches_there(connection: Connection) -> dict[str, set[int]]:
    """Return the numbers of the rounds of each batch, by its name."""
    b, r = s.batch.c, s.round_.c
    found: dict[str, set[int]] = {}
    rows = connection.execute(
        select(b.name, r.number).outerjoin(s.round_, r.batch_id == b.batch_id)
    )
    for name, number in rows:
        found.setdefault(name, set()).update({number} - {None})
    return found


def restore(connection: Connection, values: Mapping[str, Any]) -> None:
    """Add a batch, closed, without its rounds; one of that name stays as it is.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    values : mapping
        As `dump` gives them.
    """
    if connection.scalar(select(s.batch.c.batch_id).where(s.batch.c.name == values["name"])):
        return
    state = values["state"] if values["state"] != "running" else "interrupted"
    connection.execute(
        insert(s.batch).values(
            **{n: values[n] for n in _PLAIN if n != "state"},
            state=state,
            user_id=user_id(connection, values["user"]),
            workspace_id=enter_workspace(connection, values["user"], values["workspace"]),
            folder=f"batches/{values['name']}",
            started=as_moment(values["started"]),
            ended=as_moment(values["ended"]),
        )
    )


def restore_round(connection: Connection, batch: str, values: Mapping[str, Any], plan: str) -> None:
    """Add a round of a batch; its processes are there.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch : str
        Its name.
    values : mapping
        As `dump` gives them.
    plan : str
        Relative to the batch folder.
    """
    b, r = s.batch.c, s.round_.c
    row = connection.execute(select(b.batch_id, b.workspace_id).where(b.name == batch)).one()
    there = select(r.round_id).where(r.batch_id == row.batch_id, r.number == values["number"])
    if connection.scalar(there) is not None:
        return
    made = connection.execute(
        insert(s.round_).values(
            batch_id=row.batch_id,
            number=values["number"],
            plan=plan,
            started=as_moment(values["started"]),
            ended=as_moment(values["ended"]),
        )
    )
    round_id = int(made.inserted_primary_key[0])  # type: ignore[index]
    members = _members(connection, round_id, values["members"])
    if members:
        connection.execute(insert(s.batch_process), members)
        add_processes(connection, row.workspace_id, [m["process_id"] for m in members])
    if values["gaps"]:
        connection.execute(
            insert(s.plan_gap), [{**one, "round_id": round_id} for one in values["gaps"]]
        )
    add_changes(connection, round_id, [{**c, "key": c["key"] or ""} for c in values["changes"]])


def _members(
    connection: Connection, round_id: int, rows: Sequence[Sequence[Any]]
) -> list[dict[str, Any]]:
    p = s.process.c
    ids: dict[str, int] = {}
    for chunk in chunks(row[0] for row in rows):
        found = connection.execute(select(p.key, p.process_id).where(p.key.in_(chunk)))
        ids |= dict(found.tuples().all())
    return [
        {
            "round_id": round_id,
            "process_id": ids[row[0]],
            **dict(zip(_OF_MEMBER, row[1:-1], strict=True)),
            "since": as_moment(row[-1]),
        }
        for row in rows
        if row[0] in ids
    ]
