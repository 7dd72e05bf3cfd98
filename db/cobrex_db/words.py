"""What people said, as plain values that mean the same in every catalogue, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, insert, select, update

from . import schema as s
from .errors import CatalogueError
from .moments import as_moment
from .people import check_name, user_id
from .verdicts import settle

SCHEMA = "people/1"
Row = tuple[Any, ...]


def dump(connection: Connection) -> dict[str, Any]:
    """Return workspaces, groups, pins and validations by names, keys and contents.

    Parameters
    ----------
    connection : sqlalchemy.Connection

    Returns
    -------
    dict
        Lists of lists by name of what they are, in order.
    """
    return {
        "schema": SCHEMA,
        **{name: [_plain(row) for row in connection.execute(q)] for name, q in _queries().items()},
    }


def lacking(connection: Connection, said: Mapping[str, Any]) -> dict[str, int]:
    """Count what somebody said once and a catalogue does not know.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    said : mapping
        From `dump`; members come and go and do not count.

    Returns
    -------
    dict of str to int
        Empty when it knows all.
    """
    now = dump(connection)
    found: dict[str, int] = {}
    for name, columns in _LASTING.items():
        known = {tuple(row[i] for i in columns) for row in now[name]}
        missing = sum(tuple(row[i] for i in columns) not in known for row in said.get(name, ()))
        if missing:
            found[name] = missing
    return found


# which columns of a row tell it from all others, and never change
_LASTING = {
    "workspaces": (0,),
    "groups": (0,),
    "pins": (0, 1, 2, 3, 4, 5, 7),
    "validations": (0, 1, 2, 3, 5),
}


def _queries() -> dict[str, Select[Any]]:
    w, u, g = s.workspace.c, s.user.c, s.user_group.c
    m, gm, gw = s.workspace_member.c, s.user_group_member.c, s.user_group_workspace.c
    n, x, v, p, a = s.workspace_namespace.c, s.pin.c, s.validation.c, s.process.c, s.attempt.c
    return {
        "workspaces": select(w.name, w.created, w.quota_bytes).order_by(w.workspace_id),
        "namespaces": select(w.name, n.namespace)
        .join(s.workspace_namespace, n.workspace_id == w.workspace_id)
        .order_by(w.name, n.namespace),
        "members": select(w.name, u.name, m.role)
        .select_from(s.workspace_member)
        .join(s.workspace, w.workspace_id == m.workspace_id)
        .join(s.user, u.user_id == m.user_id)
        .order_by(w.name, u.name),
        "groups": select(g.name, g.created).order_by(g.user_group_id),
        "group_members": select(g.name, u.name)
        .select_from(s.user_group_member)
        .join(s.user_group, g.user_group_id == gm.user_group_id)
        .join(s.user, u.user_id == gm.user_id)
        .order_by(g.name, u.name),
        "group_workspaces": select(g.name, w.name, gw.role)
        .select_from(s.user_group_workspace)
        .join(s.user_group, g.user_group_id == gw.user_group_id)
        .join(s.workspace, w.workspace_id == gw.workspace_id)
        .order_by(g.name, w.name),
        "pins": select(
            w.name, u.name, x.association, x.main, x.role, x.content_id, x.why, x.created, x.ended
        )
        .select_from(s.pin)
        .join(s.workspace, w.workspace_id == x.workspace_id)
        .join(s.user, u.user_id == x.user_id)
        .order_by(x.pin_id),
        "validations": select(p.key, a.number, u.name, v.accepted, v.why, v.created)
        .select_from(s.validation)
        .join(s.attempt, a.attempt_id == v.attempt_id)
        .join(s.process, p.process_id == a.process_id)
        .join(s.user, u.user_id == v.user_id)
        .order_by(v.validation_id),
    }


def _plain(row: Any) -> list[Any]:
    return [one.isoformat() if isinstance(one, datetime) else one for one in row]


def restore(connection: Connection, said: Mapping[str, Any]) -> None:
    """Add all but the validations to a catalogue; what is there stays as it is.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    said : mapping
        From `dump`.
    """
    there = {name: {tuple(row) for row in rows} for name, rows in _lists(dump(connection))}
    for row in said["workspaces"]:
        _restore_workspace(connection, *row)
    groups = {row[0] for row in there["groups"]}
    for name, created in said["groups"]:
        if name not in groups:
            check_name(name, "group")
            connection.execute(insert(s.user_group).values(name=name, created=as_moment(created)))
    _restore_links(connection, said, there)
    for row in said["pins"]:
        if tuple(row) not in there["pins"]:
            _add_pin(connection, row)


def _lists(said: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    return [(name, rows) for name, rows in said.items() if isinstance(rows, list)]


def _restore_workspace(connection: Connection, name: str, created: str, quota: int | None) -> None:
    """An import may have made it again already, younger and without a quota."""
    w, moment = s.workspace.c, as_moment(created)
    found = connection.execute(select(w.created, w.quota_bytes).where(w.name == name)).first()
    if found is None:
        check_name(name, "workspace")
        values = {"name": name, "created": moment, "quota_bytes": quota}
        connection.execute(insert(s.workspace).values(values))
    elif moment is not None and found.created > moment:
        values = {"created": moment, "quota_bytes": quota}
        connection.execute(update(s.workspace).where(w.name == name).values(values))


def _restore_links(
    connection: Connection, said: Mapping[str, Any], there: Mapping[str, set[Row]]
) -> None:
    """Who belongs where, besides those who do already."""
    members = {row[:2] for row in there["members"]}
    for place, user, role in said["members"]:
        if (place, user) not in members:
            row = {"workspace_id": _id(connection, s.workspace, place), "role": role}
            row["user_id"] = user_id(connection, user)
            connection.execute(insert(s.workspace_member).values(row))
    for place, namespace in said["namespaces"]:
        if (place, namespace) not in there["namespaces"]:
            row = {"workspace_id": _id(connection, s.workspace, place), "namespace": namespace}
            connection.execute(insert(s.workspace_namespace).values(row))
    for group, user in said["group_members"]:
        if (group, user) not in there["group_members"]:
            row = {"user_group_id": _id(connection, s.user_group, group)}
            row["user_id"] = user_id(connection, user)
            connection.execute(insert(s.user_group_member).values(row))
    for group, place, role in said["group_workspaces"]:
        if not any(row[:2] == (group, place) for row in there["group_workspaces"]):
            row = {"user_group_id": _id(connection, s.user_group, group), "role": role}
            row["workspace_id"] = _id(connection, s.workspace, place)
            connection.execute(insert(s.user_group_workspace).values(row))


def _add_pin(connection: Connection, row: Sequence[Any]) -> None:
    place, user, association, main, role, content, why, created, ended = row
    connection.execute(
        insert(s.pin).values(
            workspace_id=_id(connection, s.workspace, place),
            user_id=user_id(connection, user),
            association=association,
            main=main,
            role=role,
            content_id=content,
            why=why,
            created=as_moment(created),
            ended=as_moment(ended),
        )
    )


def restore_validation(connection: Connection, row: Sequence[Any]) -> None:
    """Say again what a person said of an attempt; what follows, follows.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    row : sequence
        Of ``validations``.

    Raises
    ------
    CatalogueError
        Kind ``record``: there is no such attempt.
    """
    key, number, user, accepted, why, created = row
    p, a, v = s.process.c, s.attempt.c, s.validation.c
    found = connection.execute(
        select(a.attempt_id, p.process_id)
        .join(s.process, p.process_id == a.process_id)
        .where(p.key == key, a.number == number)
    ).first()
    if found is None:
        raise CatalogueError(
            f"attempt {number} of {str(key)[:8]}, of which {user} said something, has no record",
            hint="look whether the store is whole",
            kind="record",
        )
    who, when = user_id(connection, user), as_moment(created)
    same = (v.attempt_id == found.attempt_id, v.user_id == who, v.created == when)
    if connection.scalar(select(v.validation_id).where(*same)) is not None:
        return
    values = {"attempt_id": found.attempt_id, "user_id": who, "accepted": accepted}
    connection.execute(insert(s.validation).values(**values, why=why, created=when))
    settle(connection, found.process_id)


def _id(connection: Connection, table: Table, name: str) -> int:
    key = table.c[f"{table.name}_id"]
    return int(connection.scalars(select(key).where(table.c.name == name)).one())
