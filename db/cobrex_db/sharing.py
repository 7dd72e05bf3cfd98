"""Members of workspaces: who is, who becomes one, who leaves."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, select

from . import schema as s
from .errors import CatalogueError
from .groups import group_id
from .near_miss import near_or_all
from .people import user_id
from .workspaces import PUBLIC, ROLES, demand, namespaces_of, owners, role_in, seen_by


def list_workspaces(connection: Connection, user: str) -> list[dict[str, Any]]:
    """List the workspaces a user may see.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user : str

    Returns
    -------
    list of dict
        ``workspace``, ``role`` (the user's), ``owners``, ``frames``, ``processes``, ``batches``,
        ``namespaces``; in the order of the names.
    """
    w = s.workspace.c
    rows = connection.execute(
        select(w.name, *(_size(t) for t in (s.workspace_frame, s.workspace_process, s.batch)),
               w.workspace_id)
        .where(w.workspace_id.in_(seen_by(user)))
        .order_by(w.name)
    ).all()  # fmt: skip
    return [
        {
            "workspace": name,
            "role": role_in(connection, user, name),
            "owners": owners(connection, number),
            "frames": frames,
            "processes": processes,
            "batches": batches,
            "namespaces": list(namespaces_of(connection, name)),
        }
        for name, frames, processes, batches, number in rows
    ]


def _size(table: Table) -> Any:
    inside = table.c.workspace_id == s.workspace.c.workspace_id
    return select(func.count()).select_from(table).where(inside).scalar_subquery()


def members_of(connection: Connection, user: str, workspace: str) -> list[dict[str, Any]]:
    """List who is in a workspace.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user : str
        Who asks.
    workspace : str

    Returns
    -------
    list of dict
        ``user`` or ``group`` (the other is None), ``role``.

    Raises
    ------
    CatalogueError
        Kind ``unknown-workspace``.
    """
    found = demand(connection, user, workspace, "reader")
    m, g = s.workspace_member.c, s.user_group_workspace.c
    people = connection.execute(
        select(s.user.c.name, m.role)
        .join(s.workspace_member, m.user_id == s.user.c.user_id)
        .where(m.workspace_id == found)
        .order_by(s.user.c.name)
    )
    groups = connection.execute(
        select(s.user_group.c.name, g.role)
        .join(s.user_group_workspace, g.user_group_id == s.user_group.c.user_group_id)
        .where(g.workspace_id == found)
        .order_by(s.user_group.c.name)
    )
    return [
        *({"user": name, "group": None, "role": role} for name, role in people),
        *({"user": None, "group": name, "role": role} for name, role in groups),
    ]


def share(
    connection: Connection, by: str, workspace: str, role: str, *, user: str = "", group: str = ""
) -> None:
    """Give a user, or a group, a role in a workspace.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    by : str
        Who does it; an owner, or anybody where nobody is member yet: they become its owner.
    workspace : str
    role : str
        One of `ROLES`.
    user, group : str
        One of the two.

    Raises
    ------
    CatalogueError
        Kinds ``unknown-workspace``, ``no-access``, ``unknown-group``, ``name``, ``role``,
        ``public``, ``last-owner``.
    """
    if role not in ROLES:
        raise CatalogueError(
            f"no role is called {role!r}", hint=f"roles: {', '.join(ROLES)}", kind="role"
        )
    found = _ruled(connection, by, workspace)
    if not members_of(connection, by, workspace):
        _set(connection, _of_user(connection, by), found, "owner")
    _set(connection, _who(connection, user, group), found, role)
    _keep_an_owner(connection, found, workspace)


def unshare(
    connection: Connection, by: str, workspace: str, *, user: str = "", group: str = ""
) -> None:
    """Take a user, or a group, out of a workspace; everybody may leave by themselves.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    by : str
        Who does it.
    workspace : str
    user, group : str
        One of the two.

    Raises
    ------
    CatalogueError
        As `share`; kind ``not-a-member``.
    """
    if user == by and not group:
        found = demand(connection, by, workspace, "reader")
        _refuse_public(workspace)
    else:
        found = _ruled(connection, by, workspace)
    kind = "group" if group else "user"
    names = [str(m[kind]) for m in members_of(connection, by, workspace) if m[kind]]
    if (group or user) not in names:
        raise CatalogueError(
            f"{group or user} is not in the workspace {workspace}",
            hint=near_or_all(group or user, names, "groups" if group else "members"),
            kind="not-a-member",
        )
    _drop(connection, _who(connection, user, group), found)
    _keep_an_owner(connection, found, workspace)


def _ruled(connection: Connection, by: str, workspace: str) -> int:
    """Refuse who may not decide of its members."""
    found = demand(connection, by, workspace, "reader")
    _refuse_public(workspace)
    return demand(connection, by, workspace, "owner") if owners(connection, found) else found


def _refuse_public(workspace: str) -> None:
    if workspace == PUBLIC:
        raise CatalogueError(
            f"{PUBLIC} is everybody's: it has no members",
            hint="cobrex workspace new NAME makes one of your own",
            kind="public",
        )


class _Who(NamedTuple):
    """A user or a group among the members: table, its column, their number there."""

    table: Table
    column: str
    number: int


def _who(connection: Connection, user: str, group: str) -> _Who:
    if group:
        return _Who(s.user_group_workspace, "user_group_id", group_id(connection, group))
    return _of_user(connection, user)


def _of_user(connection: Connection, user: str) -> _Who:
    return _Who(s.workspace_member, "user_id", user_id(connection, user))


def _set(connection: Connection, who: _Who, workspace_id: int, role: str) -> None:
    _drop(connection, who, workspace_id)
    row = {"workspace_id": workspace_id, who.column: who.number, "role": role}
    connection.execute(insert(who.table).values(row))


def _drop(connection: Connection, who: _Who, workspace_id: int) -> None:
    c = who.table.c
    connection.execute(
        delete(who.table).where(c.workspace_id == workspace_id, c[who.column] == who.number)
    )


def _keep_an_owner(connection: Connection, workspace_id: int, workspace: str) -> None:
    """Refuse what leaves a workspace to nobody; the transaction is undone."""
    if not owners(connection, workspace_id):
        raise CatalogueError(
            f"the workspace {workspace} would be left without an owner",
            hint=f"make somebody else owner first: cobrex workspace share {workspace} NAME "
            "--role owner",
            kind="last-owner",
        )
