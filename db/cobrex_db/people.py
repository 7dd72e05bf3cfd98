"""Users and workspaces by name."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Table, insert, select

from . import schema as s
from .errors import CatalogueError

MAX_NAME = 64


def user_id(connection: Connection, name: str) -> int:
    """Return the id of a user, made when it is not known yet.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str

    Returns
    -------
    int

    Raises
    ------
    CatalogueError
        Kind ``name``: empty, too long, or with control characters.
    """
    return _id(connection, s.user, name)


def workspace_id(connection: Connection, name: str) -> int:
    """Return the id of a workspace, made when it is not known yet.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str

    Returns
    -------
    int

    Raises
    ------
    CatalogueError
        Kind ``name``: empty, too long, or with control characters.
    """
    return _id(connection, s.workspace, name)


def _id(connection: Connection, table: Table, name: str) -> int:
    check_name(name, table.name)
    key = table.c[f"{table.name}_id"]
    found = connection.scalar(select(key).where(table.c.name == name))
    if found is None:
        made = connection.execute(insert(table).values(name=name, created=utc_now()))
        found = made.inserted_primary_key[0]  # type: ignore[index]
    return int(found)


def check_name(name: str, what: str) -> None:
    """Refuse what cannot name a user, group or workspace.

    Parameters
    ----------
    name, what : str
        The word, and what it would name.

    Raises
    ------
    CatalogueError
        Kind ``name``: empty, too long, or with control characters.
    """
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise CatalogueError(
            f"{name[:MAX_NAME]!r} cannot name a {what}",
            hint=f"1 to {MAX_NAME} characters, none of them a control character",
            kind="name",
        )


def utc_now() -> datetime:
    """Return the time, UTC, without a zone: as the catalogue stores it."""
    return datetime.now(UTC).replace(tzinfo=None)
