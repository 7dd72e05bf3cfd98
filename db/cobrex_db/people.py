"""Users and workspaces by name."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from . import schema as s


def user_id(connection: Connection, name: str) -> int:
    """Return the id of a user, made when it is not known yet.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str

    Returns
    -------
    int
    """
    found = connection.scalar(select(s.user.c.user_id).where(s.user.c.name == name))
    if found is None:
        made = connection.execute(insert(s.user).values(name=name, created=utc_now()))
        found = made.inserted_primary_key[0]  # type: ignore[index]
    return int(found)


def workspace_id(connection: Connection, name: str) -> int:
    """Return the id of a workspace, made when it is not known yet.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str

    Returns
    -------
    int
    """
    column = s.workspace.c.workspace_id
    found = connection.scalar(select(column).where(s.workspace.c.name == name))
    if found is None:
        made = connection.execute(insert(s.workspace).values(name=name, created=utc_now()))
        found = made.inserted_primary_key[0]  # type: ignore[index]
    return int(found)


def utc_now() -> datetime:
    """Return the time, UTC, without a zone: as the catalogue stores it."""
    return datetime.now(UTC).replace(tzinfo=None)
