"""Finds frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, exists, func, select, true

from .errors import CatalogueError
from .frame_query import FrameQuery
from .near_miss import near_or_all
from .schema import file, frame, frame_star, frame_type, observation, star, user, workspace_frame
from .schema import workspace as workspace_table

_FRAME = (
    "frame_id", "kind", "state", "instrument", "arm", "object", "target", "archive_name",
    "date_obs", "mjd_obs", "night", "ra_deg", "dec_deg", "filter", "coronagraph",
    "neutral_density", "dit_s", "ndit", "exposure_s", "seeing_arcsec", "coherence_time_s",
    "airmass_start", "airmass_end", "parallactic_start_deg", "parallactic_end_deg",
    "release_date", "classification", "content_id", "process_id", "attempt_id", "product_role",
    "product_n", "created", "instrument_columns",
)  # fmt: skip
_OBSERVATION = ("programme", "ob_id", "ob_name", "template_id", "template_start")

#: names of what `find_frames` returns, in order
COLUMNS = ("frame_id", "frame_type", "star", *_FRAME[1:-1], *_OBSERVATION, "user",
           "instrument_columns")  # fmt: skip

_LONG_AGO = datetime.min
_NOT_NOTED = 0


def find_frames(connection: Connection, query: FrameQuery) -> list[dict[str, Any]]:
    """Return the frames a query asks for, in the order of their time.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    query : FrameQuery

    Returns
    -------
    list of dict
        One a frame, with the keys `COLUMNS`. With a limit, the latest.

    Raises
    ------
    CatalogueError
        Kinds ``unknown-frame-type``, ``unknown-user``, ``unknown-workspace``.
    """
    statement = find_statement(connection, query)
    rows = [dict(row._mapping) for row in connection.execute(statement)]
    rows.sort(key=_by_time)
    return rows


def find_statement(connection: Connection, query: FrameQuery) -> Select[Any]:
    """Return the one statement that `find_frames` executes.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    query : FrameQuery

    Returns
    -------
    sqlalchemy.Select

    Raises
    ------
    CatalogueError
        As `find_frames`.
    """
    wanted = _matching(connection, query)
    return _described(wanted if query.limit is None else _latest(wanted, query))


def count_by_type(connection: Connection, query: FrameQuery) -> dict[str, int]:
    """Return how many frames there are of each type, whatever the limit.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    query : FrameQuery

    Returns
    -------
    dict of str to int
        By frame type, in the order of the names.

    Raises
    ------
    CatalogueError
        As `find_frames`.
    """
    wanted = _matching(connection, query)
    ids = wanted.with_only_columns(frame.c.frame_type_id, func.count().label("n"))
    counted = ids.group_by(frame.c.frame_type_id).subquery()
    rows = connection.execute(
        select(frame_type.c.name, counted.c.n)
        .join(counted, counted.c.frame_type_id == frame_type.c.frame_type_id)
        .order_by(frame_type.c.name)
    )
    return {row.name: row.n for row in rows}


def what_there_is(connection: Connection, star_id: int) -> dict[str, int]:
    """Return how many frames of each type a star has.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    star_id : int

    Returns
    -------
    dict of str to int
        By frame type.
    """
    return count_by_type(connection, FrameQuery(star_ids=(star_id,)))


def night_span(connection: Connection, query: FrameQuery) -> tuple[date | None, date | None]:
    """Return the first and last night of the frames a query asks for.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    query : FrameQuery

    Returns
    -------
    (date or None, date or None)
    """
    wanted = _matching(connection, query)
    row = connection.execute(
        wanted.with_only_columns(func.min(frame.c.night), func.max(frame.c.night))
    ).one()
    return row[0], row[1]


def describe_frame(connection: Connection, frame_id: int) -> dict[str, Any] | None:
    """Return one frame with the keys `COLUMNS`; None when there is no such frame.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    frame_id : int

    Returns
    -------
    dict or None
    """
    statement = _described(select(frame).where(frame.c.frame_id == frame_id))
    row = connection.execute(statement).first()
    return None if row is None else dict(row._mapping)


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


def _latest(wanted: Select[Any], query: FrameQuery) -> Select[Any]:
    if query.star_ids:
        # an expression has no index: the planner stays with the star's few frames
        order = (func.coalesce(frame.c.mjd_obs, 0).desc(), frame.c.frame_id.desc())
    else:
        # ix_frame_night holds both: no sort of the whole table
        order = (frame.c.night.desc(), frame.c.frame_id.desc())
    return wanted.order_by(*order).limit(query.limit)


def _by_time(row: dict[str, Any]) -> tuple[bool, Any, int]:
    when = row["date_obs"]
    return when is None, when or _LONG_AGO, row["frame_id"]


def _matching(connection: Connection, query: FrameQuery) -> Select[Any]:
    """Return the statement for the frames themselves."""
    statement = select(frame)
    ids = _type_ids(connection, query.frame_types) if query.frame_types else []
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
    return statement.where(*_plain(query), *_owned(connection, query), *_status(query.status))


def _plain(query: FrameQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.night_from is not None:
        conditions.append(frame.c.night >= query.night_from)
    if query.night_to is not None:
        conditions.append(frame.c.night <= query.night_to)
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
    if query.workspace is not None:
        place = _id_of(
            connection,
            workspace_table.c.workspace_id,
            workspace_table.c.name,
            query.workspace,
            "workspace",
        )
        conditions.append(
            frame.c.frame_id.in_(
                select(workspace_frame.c.frame_id).where(workspace_frame.c.workspace_id == place)
            )
        )
    return conditions


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


def _type_ids(connection: Connection, names: Sequence[str]) -> list[int]:
    known = {
        row.name: row.frame_type_id
        for row in connection.execute(select(frame_type.c.name, frame_type.c.frame_type_id))
    }
    return sorted({known[name] for given in names for name in _types_like(given, known)})


def _types_like(given: str, known: Iterable[str]) -> list[str]:
    fitting = [name for name in known if fnmatchcase(name, given.upper())]
    if not fitting:
        raise CatalogueError(
            f"no frame is of the type {given}",
            kind="unknown-frame-type",
            hint=near_or_all(given, known, "frame types"),
        )
    return fitting


def _described(frames: Select[Any]) -> Select[Any]:
    """Return the statement that adds type, star, observation and user to the frames of another.

    Outer joins: MariaDB, which counts one user, otherwise begins there and reads every frame.
    """
    f = frames.subquery("f")
    picked = frame_star.alias("picked")
    return (
        select(
            f.c.frame_id,
            frame_type.c.name.label("frame_type"),
            star.c.identifier.label("star"),
            *(f.c[n] for n in _FRAME[1:-1]),
            *(observation.c[n] for n in _OBSERVATION),
            user.c.name.label("user"),
            f.c.instrument_columns,
        )
        .select_from(f)
        .outerjoin(frame_type, frame_type.c.frame_type_id == f.c.frame_type_id)
        .outerjoin(user, user.c.user_id == f.c.user_id)
        .outerjoin(observation, observation.c.observation_id == f.c.observation_id)
        .outerjoin(picked, (picked.c.frame_id == f.c.frame_id) & (picked.c.chosen == true()))
        .outerjoin(star, star.c.star_id == picked.c.star_id)
    )
