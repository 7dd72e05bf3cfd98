"""Who may see and change what belongs to a workspace."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, exists, insert, not_, or_, select, union_all

from . import schema as s
from .errors import CatalogueError
from .near_miss import near_or_all
from .people import check_name, user_id, utc_now

PUBLIC = "public"
#: what a person may do in a workspace, from little to much
ROLES = ("reader", "member", "owner")


def visible(connection: Connection, user: str) -> frozenset[int]:
    """Return the ids of the workspaces a user may see.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user : str
        Name; of somebody the catalogue does not know, what is open to everybody.

    Returns
    -------
    frozenset of int
    """
    return frozenset(connection.scalars(seen_by(user)))


def seen_by(user: str) -> Select[tuple[int]]:
    """Return the statement for the ids of the workspaces a user may see."""
    w, m, g = s.workspace.c, s.workspace_member.c, s.user_group_workspace.c
    return select(w.workspace_id).where(
        or_(
            w.name == PUBLIC,
            w.workspace_id.in_(_roles(user).with_only_columns(m.workspace_id)),
            w.workspace_id.in_(_group_roles(user).with_only_columns(g.workspace_id)),
            not_(or_(exists().where(m.workspace_id == w.workspace_id),
                     exists().where(g.workspace_id == w.workspace_id))),
        )
    )  # fmt: skip


def role_in(connection: Connection, user: str, workspace: str) -> str | None:
    """Return what a user may do in a workspace.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user, workspace : str

    Returns
    -------
    str or None
        One of `ROLES`, the most of what they have by themselves and through groups; None when they
        may not see it, or when there is none. In `PUBLIC` and where nobody is member, everybody is.
    """
    w = s.workspace.c
    found = connection.scalar(select(w.workspace_id).where(w.name == workspace))
    if found is None or found not in visible(connection, user):
        return None
    m, g = s.workspace_member.c, s.user_group_workspace.c
    roles = connection.scalars(
        union_all(
            _roles(user).where(m.workspace_id == found),
            _group_roles(user).where(g.workspace_id == found),
        )
    ).all()
    if not roles or workspace == PUBLIC:
        return "member"
    return str(max(roles, key=ROLES.index))


def demand(connection: Connection, user: str, workspace: str, role: str) -> int:
    """Refuse a user who may not do in a workspace what a role may.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user, workspace : str
    role : str
        The least they need, one of `ROLES`.

    Returns
    -------
    int
        Id of the workspace.

    Raises
    ------
    CatalogueError
        Kind ``unknown-workspace``: there is none, or none that they may see; the words are the
        same. Kind ``no-access``: they may see it, but need more.
    """
    has = role_in(connection, user, workspace)
    w = s.workspace.c
    if has is None:
        known = connection.scalars(select(w.name).where(w.workspace_id.in_(seen_by(user))))
        raise CatalogueError(
            f"no workspace is called {workspace!r}",
            kind="unknown-workspace",
            hint=near_or_all(workspace, known, "workspaces"),
        )
    if ROLES.index(has) < ROLES.index(role):
        raise _no_access(connection, user, workspace, has, role)
    return int(connection.scalars(select(w.workspace_id).where(w.name == workspace)).one())


def enter(connection: Connection, user: str, workspace: str) -> int:
    """Return a workspace that a user may write into; made, and theirs, when there is none.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that may write.
    user, workspace : str

    Returns
    -------
    int
        Its id.

    Raises
    ------
    CatalogueError
        Kind ``name``; kind ``no-access``: they may only read it; kind ``workspace-name``: somebody
        else has one of that name.
    """
    check_name(workspace, "workspace")
    w = s.workspace.c
    there = connection.scalar(select(w.workspace_id).where(w.name == workspace))
    if there is None:
        return new(connection, user, workspace)
    if role_in(connection, user, workspace) is None:
        raise _taken(workspace)
    return demand(connection, user, workspace, "member")


def new(connection: Connection, user: str, workspace: str, namespaces: Iterable[str] = ()) -> int:
    """Make a workspace that a user owns.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user, workspace : str
    namespaces : iterable of str
        Registry namespaces whose recipes it uses; none: all of them.

    Returns
    -------
    int
        Its id.

    Raises
    ------
    CatalogueError
        Kinds ``name``, ``workspace-name``.
    """
    check_name(workspace, "workspace")
    owner = user_id(connection, user)
    if connection.scalar(select(s.workspace.c.name).where(s.workspace.c.name == workspace)):
        raise _taken(workspace)
    made = connection.execute(insert(s.workspace).values(name=workspace, created=utc_now()))
    workspace_id = int(made.inserted_primary_key[0])  # type: ignore[index]
    if workspace != PUBLIC:
        row = {"workspace_id": workspace_id, "user_id": owner, "role": "owner"}
        connection.execute(insert(s.workspace_member).values(row))
    rows = [{"workspace_id": workspace_id, "namespace": n} for n in dict.fromkeys(namespaces)]
    if rows:
        connection.execute(insert(s.workspace_namespace), rows)
    return workspace_id


def namespaces_of(connection: Connection, workspace: str) -> tuple[str, ...]:
    """Return the registry namespaces a workspace uses; empty: all of them."""
    n, w = s.workspace_namespace.c, s.workspace.c
    return tuple(
        connection.scalars(
            select(n.namespace)
            .join(s.workspace, w.workspace_id == n.workspace_id)
            .where(w.name == workspace)
            .order_by(n.namespace)
        )
    )


def restrict_frames(
    connection: Connection, query: Select[Any], user: str | None, frame_id: Any = s.frame.c.frame_id
) -> Select[Any]:
    """Return a statement narrowed to the frames a user may see.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Asked whether there is anything to hide: most often there is not.
    query : sqlalchemy.Select
        From ``frame``, or from what has a `frame_id`.
    user : str or None
        None: nothing is hidden.
    frame_id : sqlalchemy column

    Returns
    -------
    sqlalchemy.Select
    """
    if user is None:
        return query
    seen = visible(connection, user)
    if seen.issuperset(connection.scalars(select(s.workspace.c.workspace_id))):
        return query
    link = s.workspace_frame.c
    theirs = select(link.frame_id).where(link.frame_id == frame_id).limit(1)
    mine = theirs.where(link.workspace_id.in_(seen))
    # as values, not as EXISTS: MariaDB else begins at the workspace and reads all its frames
    here = mine.correlate_except(s.workspace_frame).scalar_subquery()
    anywhere = theirs.correlate_except(s.workspace_frame).scalar_subquery()
    return query.where(or_(here.is_not(None), anywhere.is_(None)))


def restrict_processes(query: Select[Any], user: str | None) -> Select[Any]:
    """Return a statement narrowed to the processes a user may see.

    Parameters
    ----------
    query : sqlalchemy.Select
        From ``process``.
    user : str or None
        None: nothing is hidden.

    Returns
    -------
    sqlalchemy.Select
        What belongs to no workspace, being older than they are, is everybody's.
    """
    if user is None:
        return query
    link = s.workspace_process.c
    theirs = exists().where(link.process_id == s.process.c.process_id)
    mine = theirs.where(link.workspace_id.in_(seen_by(user)))
    return query.where(or_(mine, not_(theirs)))


def restrict_batches(query: Select[Any], user: str | None) -> Select[Any]:
    """Return a statement from ``batch`` narrowed to what a user may see; all when it is None."""
    return query if user is None else query.where(s.batch.c.workspace_id.in_(seen_by(user)))


def _roles(user: str) -> Select[Any]:
    """Roles a user has by themselves."""
    m, u = s.workspace_member.c, s.user.c
    return select(m.role).join(s.user, u.user_id == m.user_id).where(u.name == user)


def _group_roles(user: str) -> Select[Any]:
    """Roles a user has through groups."""
    g, p, u = s.user_group_workspace.c, s.user_group_member.c, s.user.c
    return (
        select(g.role)
        .join(s.user_group_member, p.user_group_id == g.user_group_id)
        .join(s.user, u.user_id == p.user_id)
        .where(u.name == user)
    )


def owners(connection: Connection, workspace_id: int) -> list[str]:
    """Return the names of those who own a workspace, by themselves or through groups."""
    m, u = s.workspace_member.c, s.user.c
    g, p = s.user_group_workspace.c, s.user_group_member.c
    direct = (
        select(u.name)
        .join(s.workspace_member, m.user_id == u.user_id)
        .where(m.workspace_id == workspace_id, m.role == "owner")
    )
    grouped = (
        select(u.name)
        .join(s.user_group_member, p.user_id == u.user_id)
        .join(s.user_group_workspace, g.user_group_id == p.user_group_id)
        .where(g.workspace_id == workspace_id, g.role == "owner")
    )
    return sorted(set(connection.scalars(union_all(direct, grouped))))


def _no_access(
    connection: Connection, user: str, workspace: str, has: str, role: str
) -> CatalogueError:
    w = s.workspace.c
    found = connection.scalars(select(w.workspace_id).where(w.name == workspace)).one()
    asked = " or ".join(owners(connection, found)[:3])
    words = shlex.join(["cobrex", "workspace", "share", workspace, user, "--role", role])
    return CatalogueError(
        f"{user} is {has} of the workspace {workspace}; this needs {role}",
        hint=f"ask {asked}: {words}" if asked else f"it has no owner yet: {words}",
        kind="no-access",
    )


def _taken(workspace: str) -> CatalogueError:
    return CatalogueError(
        f"the name {workspace!r} of a workspace is taken",
        hint="choose another one; `cobrex workspace list` shows those you may use",
        kind="workspace-name",
    )
