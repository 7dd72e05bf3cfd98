"""Finds frames."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, true

from .frame_details import DETAILS, add_details
from .frame_query import FrameQuery
from .query_conditions import matching
from .schema import frame, frame_star, frame_type, observation, star, user

_FRAME = (
    "frame_id", "kind", "state", "instrument", "arm", "object", "target", "archive_name",
    "date_obs", "mjd_obs", "night", "ra_deg", "dec_deg", "filter", "coronagraph",
    "neutral_density", "dit_s", "ndit", "exposure_s", "seeing_arcsec", "coherence_time_s",
    "airmass_start", "airmass_end", "parallactic_start_deg", "parallactic_end_deg",
    "release_date", "classification", "content_id", "process_id", "attempt_id", "product_role",
    "product_n", "created", "observation_id", "instrument_columns",
)  # fmt: skip
_OBSERVATION = ("programme", "ob_id", "ob_name", "template_id", "template_start")

#: names of what `find_frames` returns, in order
COLUMNS = ("frame_id", "frame_type", "star", *_FRAME[1:-1], *_OBSERVATION, "user", *DETAILS,
           "instrument_columns")  # fmt: skip

_LONG_AGO = datetime.min


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
    add_details(connection, rows, query.viewer)
    if query.current:
        rows = [row for row in rows if row["standing"] == "current"][-(query.limit or 0) :]
    return rows


def find_statement(connection: Connection, query: FrameQuery) -> Select[Any]:
    """Return the statement by which `find_frames` finds frames.

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
    wanted = matching(connection, query)
    # which are current is told afterwards: there is nothing to be cut off yet
    whole = query.limit is None or query.current
    chosen = wanted if whole else _latest(wanted, query)
    return _described(chosen, of_stars=bool(query.star_ids))


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
    wanted = matching(connection, query)
    ids = wanted.with_only_columns(frame.c.frame_type_id, func.count().label("n"))
    counted = ids.group_by(frame.c.frame_type_id).subquery()
    rows = connection.execute(
        select(frame_type.c.name, counted.c.n)
        .join(counted, counted.c.frame_type_id == frame_type.c.frame_type_id)
        .order_by(frame_type.c.name)
    )
    return {row.name: row.n for row in rows}


def what_there_is(
    connection: Connection, star_id: int, viewer: str | None = None
) -> dict[str, int]:
    """Return how many frames of each type a star has.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    star_id : int
    viewer : str or None
        Only frames this user may see.

    Returns
    -------
    dict of str to int
        By frame type.
    """
    return count_by_type(connection, FrameQuery(star_ids=(star_id,), viewer=viewer))


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
    wanted = matching(connection, query)
    row = connection.execute(
        wanted.with_only_columns(func.min(frame.c.night), func.max(frame.c.night))
    ).one()
    return row[0], row[1]


def describe_frame(
    connection: Connection, frame_id: int, viewer: str | None = None
) -> dict[str, Any] | None:
    """Return one frame with the keys `COLUMNS`; None when there is no such frame.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    frame_id : int
    viewer : str or None
        What it is paired with is named only when this user may see it.

    Returns
    -------
    dict or None
    """
    statement = _described(select(frame).where(frame.c.frame_id == frame_id), of_stars=False)
    rows = [dict(row._mapping) for row in connection.execute(statement)]
    add_details(connection, rows, viewer)
    return rows[0] if rows else None


def kind_of(column: str) -> type:
    """Return the type of one of `COLUMNS`: int, float, or str for what is written as text.

    Parameters
    ----------
    column : str

    Returns
    -------
    type
    """
    if column in DETAILS:
        return DETAILS[column]
    for table in (frame, observation):
        if column in table.c:
            kind = table.c[column].type.python_type
            return kind if kind in {int, float} else str
    return str


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


def _described(frames: Select[Any], *, of_stars: bool) -> Select[Any]:
    """Return the statement that adds type, star, observation and user to the frames of another.

    Outer joins: MariaDB, which counts one user, otherwise begins there and reads every frame.
    """
    picked = frame_star.alias("picked")
    f = (frames.add_columns(frame_star.c.star_id) if of_stars else frames).subquery("f")
    described = (
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
    )
    if of_stars:
        return described.outerjoin(star, star.c.star_id == f.c.star_id)
    return described.outerjoin(
        picked, (picked.c.frame_id == f.c.frame_id) & (picked.c.chosen == true())
    ).outerjoin(star, star.c.star_id == picked.c.star_id)
