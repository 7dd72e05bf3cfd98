"""Which frames and processes belong to a workspace."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, exists, insert, literal, not_, select

from . import schema as s
from .chunks import chunks


def add_processes(connection: Connection, workspace_id: int, process_ids: Collection[int]) -> None:
    """Note that processes, and what they made, belong to a workspace, where it is not noted yet.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    workspace_id : int
    process_ids : collection of int
    """
    p, f = s.process.c, s.frame.c
    for chunk in chunks(dict.fromkeys(process_ids)):
        for table, column, of in (
            (s.workspace_process, p.process_id, p.process_id),
            (s.workspace_frame, f.frame_id, f.process_id),
        ):
            link = table.c
            there = exists().where(link.workspace_id == workspace_id, link[column.name] == column)
            found = select(literal(workspace_id), column).where(of.in_(chunk), not_(there))
            connection.execute(insert(table).from_select(["workspace_id", column.name], found))


def add_frames(connection: Connection, workspace_id: int, frame_ids: Collection[int]) -> None:
    """Note that frames belong to a workspace, where it is not noted yet."""
    _link(connection, s.workspace_frame, workspace_id, "frame_id", frame_ids)


def lacking_processes(
    connection: Connection, workspace_id: int, process_ids: Collection[int]
) -> list[int]:
    """Return those of some processes that are not noted to belong to a workspace."""
    link = s.workspace_process.c
    there: set[int] = set()
    for chunk in chunks(process_ids):
        there.update(
            connection.scalars(
                select(link.process_id).where(
                    link.workspace_id == workspace_id, link.process_id.in_(chunk)
                )
            )
        )
    return [i for i in process_ids if i not in there]


def share_products(connection: Connection, made: Mapping[int, Collection[int]]) -> None:
    """Give products to all workspaces their processes belong to.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    made : mapping of int to collection of int
        Frame ids by process id.
    """
    link = s.workspace_process.c
    found: dict[int, list[int]] = {}
    for chunk in chunks(made):
        rows = connection.execute(
            select(link.workspace_id, link.process_id).where(link.process_id.in_(chunk))
        )
        for workspace_id, process_id in rows.all():
            found.setdefault(workspace_id, []).extend(made[process_id])
    for workspace_id, frame_ids in found.items():
        add_frames(connection, workspace_id, frame_ids)


def _link(
    connection: Connection, table: Any, workspace_id: int, column: str, ids: Collection[int]
) -> None:
    key = table.c[column]
    for chunk in chunks(ids):
        known = select(key).where(table.c.workspace_id == workspace_id, key.in_(chunk))
        there = set(connection.scalars(known))
        rows = [{"workspace_id": workspace_id, column: i} for i in chunk if i not in there]
        if rows:
            connection.execute(insert(table), rows)
