"""What the products of a workspace take, and what they may take."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select, update

from . import schema as s
from .errors import CatalogueError
from .valid import VALID
from .workspaces import demand


def used(connection: Connection, workspace: str) -> int:
    """Return what the valid products of a workspace take.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    workspace : str

    Returns
    -------
    int
        Bytes; what belongs to several workspaces counts in each of them.
    """
    a, link, w = s.attempt.c, s.workspace_process.c, s.workspace.c
    f, file = s.frame.c, s.file.c
    ours = (
        select(link.process_id)
        .join(s.workspace, w.workspace_id == link.workspace_id)
        .where(w.name == workspace)
    )
    mine = (VALID, a.process_id.in_(ours))
    told = select(func.sum(a.size_bytes)).where(*mine)
    # attempts of before sizes were noted
    by_files = (
        select(func.sum(file.size_bytes))
        .join(s.frame, f.frame_id == file.frame_id)
        .join(s.attempt, a.attempt_id == f.attempt_id)
        .where(*mine, a.size_bytes.is_(None))
    )
    return int(connection.scalar(told) or 0) + int(connection.scalar(by_files) or 0)


def limit(connection: Connection, workspace: str) -> int | None:
    """Return what the products of a workspace may take, bytes; None for as much as there is."""
    w = s.workspace.c
    return connection.scalar(select(w.quota_bytes).where(w.name == workspace))


def set_limit(connection: Connection, user: str, workspace: str, size_bytes: int | None) -> None:
    """Limit what the products of a workspace may take.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user : str
        An owner of it.
    workspace : str
    size_bytes : int or None
        None: as much as there is.

    Raises
    ------
    CatalogueError
        Kinds ``unknown-workspace``, ``no-access``.
    """
    place = demand(connection, user, workspace, "owner")
    connection.execute(
        update(s.workspace)
        .where(s.workspace.c.workspace_id == place)
        .values(quota_bytes=size_bytes)
    )


def status(connection: Connection, user: str, workspace: str) -> dict[str, Any]:
    """Return what a workspace takes and may take.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user : str
        Who asks.
    workspace : str

    Returns
    -------
    dict
        ``workspace used_bytes quota_bytes``.

    Raises
    ------
    CatalogueError
        Kind ``unknown-workspace``.
    """
    demand(connection, user, workspace, "reader")
    return {
        "workspace": workspace,
        "used_bytes": used(connection, workspace),
        "quota_bytes": limit(connection, workspace),
    }


def check(connection: Connection, workspace: str, more_bytes: int) -> None:
    """Refuse what would not fit into a workspace.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    workspace : str
    more_bytes : int
        What is to be made is expected to take.

    Raises
    ------
    CatalogueError
        Kind ``quota``.
    """
    most = limit(connection, workspace)
    if most is None:
        return
    there = used(connection, workspace)
    if there + more_bytes > most:
        raise CatalogueError(
            f"the workspace {workspace} may take {_gigabytes(most)}, takes {_gigabytes(there)} "
            f"and would need {_gigabytes(more_bytes)} more",
            hint="`cobrex clean` makes room; an owner raises the limit: "
            f"cobrex workspace quota {workspace} SIZE",
            kind="quota",
        )


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.3g} GB" if size_bytes >= 1e7 else f"{size_bytes:,} bytes"
