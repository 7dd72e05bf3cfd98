"""Groups of people who share workspaces."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, insert, select

from . import schema as s
from .errors import CatalogueError
from .near_miss import near_or_all
from .people import check_name, user_id, utc_now
from .workspaces import owners, seen_by


def new(connection: Connection, by: str, group: str) -> None:
    """Make a group whose first person is who makes it.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    by, group : str

    Raises
    ------
    CatalogueError
        Kind ``name``; kind ``group-name``: there is one of that name.
    """
    check_name(group, "group")
    g = s.user_group
    if connection.scalar(select(g.c.name).where(g.c.name == group)):
        raise CatalogueError(
            f"there is a group {group!r} already",
            hint="choose another name; `cobrex group list` shows who is in it",
            kind="group-name",
        )
    made = connection.execute(insert(g).values(name=group, created=utc_now()))
    _put(connection, int(made.inserted_primary_key[0]), by)  # type: ignore[index]


def group_id(connection: Connection, group: str) -> int:
    """Return the id of a group.

    Raises
    ------
    CatalogueError
        Kind ``unknown-group``.
    """
    g = s.user_group.c
    found = connection.scalar(select(g.user_group_id).where(g.name == group))
    if found is None:
        known = connection.scalars(select(g.name))
        raise CatalogueError(
            f"no group is called {group!r}",
            hint=near_or_all(group, known, "groups"),
            kind="unknown-group",
        )
    return int(found)


def add(connection: Connection, by: str, group: str, user: str) -> None:
    """Put a user into a group.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    by : str
        Who does it: somebody of the group.
    group, user : str

    Raises
    ------
    CatalogueError
        Kinds ``unknown-group``, ``no-access``, ``name``.
    """
    found = _own(connection, by, group)
    if user not in _people(connection, found):
        _put(connection, found, user)


def remove(connection: Connection, by: str, group: str, user: str) -> None:
    """Take a user out of a group.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    by : str
        Who does it: somebody of the group.
    group, user : str

    Raises
    ------
    CatalogueError
        Kinds ``unknown-group``, ``no-access``, ``not-a-member``; kind ``last-owner``: the group
        would be empty, or one of its workspaces nobody's.
    """
    found = _own(connection, by, group)
    people = _people(connection, found)
    if user not in people:
        raise CatalogueError(
            f"{user} is not in the group {group}",
            hint=near_or_all(user, people, "people"),
            kind="not-a-member",
        )
    if people == [user]:
        raise CatalogueError(
            f"{user} is the last one in the group {group}",
            hint=f"add somebody to it first: cobrex group add {group} NAME",
            kind="last-owner",
        )
    m = s.user_group_member.c
    connection.execute(
        delete(s.user_group_member).where(
            m.user_group_id == found, m.user_id == user_id(connection, user)
        )
    )
    g, w = s.user_group_workspace.c, s.workspace.c
    held = connection.execute(
        select(w.workspace_id, w.name)
        .join(s.user_group_workspace, g.workspace_id == w.workspace_id)
        .where(g.user_group_id == found, g.role == "owner")
    ).all()
    for workspace_id, name in held:
        if not owners(connection, workspace_id):
            raise CatalogueError(
                f"without {user} nobody would own the workspace {name}",
                hint=f"add somebody to the group first: cobrex group add {group} NAME",
                kind="last-owner",
            )


def list_groups(connection: Connection, user: str) -> list[dict[str, Any]]:
    """List all groups.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user : str
        Who asks: only workspaces they may see are named.

    Returns
    -------
    list of dict
        ``group``, ``people``, ``workspaces``: list of dict with ``workspace`` and ``role``.
    """
    g, h, w = s.user_group.c, s.user_group_workspace.c, s.workspace.c
    rows = connection.execute(select(g.user_group_id, g.name).order_by(g.name)).all()
    held = connection.execute(
        select(h.user_group_id, w.name, h.role)
        .join(s.workspace, w.workspace_id == h.workspace_id)
        .where(w.workspace_id.in_(seen_by(user)))
        .order_by(w.name)
    ).all()
    return [
        {
            "group": name,
            "people": _people(connection, number),
            "workspaces": [{"workspace": w, "role": r} for owner, w, r in held if owner == number],
        }
        for number, name in rows
    ]


def _people(connection: Connection, group: int) -> list[str]:
    m, u = s.user_group_member.c, s.user.c
    return list(
        connection.scalars(
            select(u.name)
            .join(s.user_group_member, m.user_id == u.user_id)
            .where(m.user_group_id == group)
            .order_by(u.name)
        )
    )


def _put(connection: Connection, group: int, user: str) -> None:
    row = {"user_group_id": group, "user_id": user_id(connection, user)}
    connection.execute(insert(s.user_group_member).values(row))


def _own(connection: Connection, by: str, group: str) -> int:
    found = group_id(connection, group)
    people = _people(connection, found)
    if by not in people:
        raise CatalogueError(
            f"{by} is not in the group {group}",
            hint=f"ask {' or '.join(people[:3])}: cobrex group add {group} {by}",
            kind="no-access",
        )
    return found
