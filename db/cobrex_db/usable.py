"""Why a frame cannot be an input, and what products were made from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from . import schema as s
from .valid import VALID


def why_not(connection: Connection, one: str | int, workspace: str) -> str:
    """Return why a frame cannot be used in a workspace.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    one : str or int
        Content id, or frame id.
    workspace : str

    Returns
    -------
    str
        Words that follow the frame's name.
    """
    f, p, link, w = s.frame.c, s.process.c, s.workspace_frame.c, s.workspace.c
    rows: Any = connection.execute(
        select(f.frame_id, f.archive_name, f.state, p.verdict)
        .outerjoin(s.process, p.process_id == f.process_id)
        .where(f.frame_id == one if isinstance(one, int) else f.content_id == one)
        .order_by(f.state != "present", f.frame_id.desc())
    ).all()
    if not rows:
        return "the frame is gone"
    row = rows[0]
    name = f"{row.archive_name or 'frame'} ({row.frame_id})"
    if row.state != "present":
        return f"{name} is {row.state}"
    if row.verdict == "fail":
        return f"the verdict of {name} is fail"
    inside = (
        select(link.frame_id)
        .join(s.workspace, w.workspace_id == link.workspace_id)
        .where(link.frame_id == row.frame_id, w.name == workspace)
    )
    if connection.scalar(inside) is None:
        return f"{name} is not in the workspace {workspace}"
    return f"{name} is of an unpublished recipe"


def main_contents(
    connection: Connection, process_ids: Collection[int]
) -> dict[int, tuple[str, list[str]]]:
    """Return the rule of processes, and the contents of the catalogued main frames they began at.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_ids : collection of int

    Returns
    -------
    dict of int to (str, list of str)
        By process id; those without a valid attempt are left out.
    """
    a, p, f = s.attempt.c, s.process.c, s.frame.c
    found: dict[int, tuple[str, list[str]]] = {}
    rows: Any = connection.execute(
        select(a.process_id, p.association, a.record)
        .join(s.process, p.process_id == a.process_id)
        .where(a.process_id.in_(list(process_ids)), VALID)
        .order_by(a.number)
    ).all()
    for process_id, association, record in rows:
        contents = connection.scalars(
            select(f.content_id).where(f.frame_id.in_(record["main_frames"]))
        )
        found[process_id] = (association, [c for c in contents if c is not None])
    return found
