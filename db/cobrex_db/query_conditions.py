"""The conditions of a frame query as SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, exists, func, select, true

from .errors import CatalogueError
from .frame_query import FrameQuery
from .near_miss import near_or_all
from .schema import file, frame, frame_star, frame_type, observation, user, workspace_frame
from .schema import workspace as workspace_table
from .workspaces import demand, restrict_frames

_NOT_NOTED = 0


def matching(connection: Connection, query: FrameQuery) -> Select[Any]:
    """Return the statement for the frames themselves.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Names of types, users and workspaces are looked up at once.
    query : FrameQuery

    Returns
    -------
    sqlalchemy.Select
        All columns of ``frame``; neither order nor limit.

    Raises
    ------
    CatalogueError
        Kinds ``unknown-frame-type``, ``unknown-user``, ``unknown-workspace``.
    """
    statement = select(frame)
    ids = sorted(_types(connection, query.frame_types).values()) if query.frame_types else []
    if query.star_ids:
        source: FromClause = frame_star.join(frame, frame.c.frame_id == frame_star.c.frame_id)
        statement = statement.select_from(source).where(
            frame_star.c.star_id.in_(query.star_ids), frame_star.c.chosen == true()
        )
        if ids:
            noted = frame_star.c.frame_type_id
            statement = statement.where(
                noted.in_([_NOT_NOTED, *ids]),
                # as an expression it keeps the planner from ix_frame_type_night
                func.coalesce(func.nullif(noted, _NOT_NOTED), frame.c.frame_type_id).in_(ids),
            )
    elif ids:
        statement = statement.where(frame.c.frame_type_id.in_(ids))
    conditions = (*_plain(query), *_owned(connection, query), *_status(query.status))
    return restrict_frames(connection, statement.where(*conditions), query.viewer)


def known_types(
    connection: Connection, names: Sequence[str], declared: Callable[[], Iterable[str]] = tuple
) -> list[str]:
    """Return the frame types of the catalogue that names or patterns mean.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    names : sequence of str
        Names, or patterns with ``*`` and ``?``, in any case.
    declared : callable
        Gives the types that rules know; asked only when the catalogue has none of a name.

    Returns
    -------
    list of str
        Empty when the names are of declared types that no frame ever was of.

    Raises
    ------
    CatalogueError
        Kind ``unknown-frame-type``: a name is neither in the catalogue nor declared.
    """
    return sorted(_types(connection, names, declared))


def pattern(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Return the condition that a column equals a text, or fits it when it holds ``*`` or ``?``.

    Parameters
    ----------
    column : sqlalchemy column
        Of text.
    text : str
        A value, or a pattern; patterns ignore case, as LIKE means different things on SQLite
        and MariaDB otherwise.

    Returns
    -------
    sqlalchemy condition
    """
    if not any(c in text for c in "*?"):
        return column == text
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return func.lower(column).like(escaped.replace("*", "%").replace("?", "_"), escape="\\")


def _plain(query: FrameQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.night_from is not None:
        conditions.append(frame.c.night >= query.night_from)
    if query.night_to is not None:
        conditions.append(frame.c.night <= query.night_to)
    if query.current:
        conditions.append(frame.c.process_id.is_not(None))
    if query.kind is not None:
        conditions.append(frame.c.kind == query.kind)
    if query.arm is not None:
        conditions.append(pattern(frame.c.arm, query.arm.upper()))
    for name in ("filter", "instrument", "object"):
        value = getattr(query, name)
        if value is not None:
            conditions.append(pattern(frame.c[name], value))
    if query.programme is not None:
        conditions.append(
            frame.c.observation_id.in_(
                select(observation.c.observation_id).where(
                    pattern(observation.c.programme, query.programme)
                )
            )
        )
    return conditions


def _status(status: str) -> list[ColumnElement[bool]]:
    if status == "all":
        return []
    if status != "missing":
        return [frame.c.state == status]
    files = select(file.c.file_id).where(file.c.frame_id == frame.c.frame_id)
    return [
        frame.c.state == "present",
        exists(files),
        ~exists(files.where(file.c.state == "present")),
    ]


def _owned(connection: Connection, query: FrameQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.user is not None:
        owner = _id_of(connection, user.c.user_id, user.c.name, query.user, "user")
        conditions.append(frame.c.user_id == owner)
    if query.workspace is not None and query.viewer is not None:
        place = demand(connection, query.viewer, query.workspace, "reader")
        conditions.append(_inside(place))
    elif query.workspace is not None:
        place = _id_of(
            connection,
            workspace_table.c.workspace_id,
            workspace_table.c.name,
            query.workspace,
            "workspace",
        )
        conditions.append(_inside(place))
    return conditions


def _inside(workspace_id: int) -> ColumnElement[bool]:
    link = workspace_frame.c
    return frame.c.frame_id.in_(select(link.frame_id).where(link.workspace_id == workspace_id))


def _id_of(
    connection: Connection,
    key: ColumnElement[int],
    label: ColumnElement[str],
    value: str,
    what: str,
) -> int:
    found = connection.scalar(select(key).where(label == value))
    if found is None:
        known = connection.scalars(select(label)).all()
        raise CatalogueError(
            f"no {what} is called {value!r}",
            kind=f"unknown-{what}",
            hint=near_or_all(value, known, f"{what}s"),
        )
    return int(found)


def _types(
    connection: Connection, names: Sequence[str], declared: Callable[[], Iterable[str]] = tuple
) -> dict[str, int]:
    known = {row.name: row.frame_type_id for row in
             connection.execute(select(frame_type.c.name, frame_type.c.frame_type_id))}  # fmt: skip
    found: dict[str, int] = {}
    for given in names:
        fitting = [name for name in known if fnmatchcase(name, given.upper())]
        found.update((name, known[name]) for name in fitting)
        if not fitting:
            also = set(declared())
            if not any(fnmatchcase(name, given.upper()) for name in also):
                raise CatalogueError(
                    f"no frame is of the type {given}",
                    kind="unknown-frame-type",
                    hint=near_or_all(given, also.union(known), "frame types"),
                )
    return found
