"""What the catalogue holds of stars: frame types, nights."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from cobrex_db.schema import frame, frame_star, frame_type, star
from cobrex_db.workspaces import restrict_frames


def frames_of_star(
    connection: Connection, star_id: int, *, viewer: str | None = None
) -> list[dict[str, Any]]:
    """Count the frames of a star.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Reading is enough.
    star_id : int
        The star chosen for them.
    viewer : str, optional
        Only frames this user may see.

    Returns
    -------
    list of dict
        ``frame_type``, ``frames``, ``nights``, ``first_night``, ``last_night``.
    """
    query = (
        select(frame_type.c.name.label("frame_type"), *_COUNTS)
        .select_from(frame_star)
        .join(frame, frame.c.frame_id == frame_star.c.frame_id)
        .join(frame_type, frame_type.c.frame_type_id == frame.c.frame_type_id)
        .where(frame_star.c.star_id == star_id, frame_star.c.chosen, frame.c.state == "present")
        .group_by(frame_type.c.name)
        .order_by(frame_type.c.name)
    )
    rows = connection.execute(restrict_frames(connection, query, viewer))
    return [dict(row) for row in rows.mappings()]


def observed_stars(connection: Connection, *, viewer: str | None = None) -> list[dict[str, Any]]:
    """List the stars that have frames.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Reading is enough.
    viewer : str, optional
        Only frames this user may see.

    Returns
    -------
    list of dict
        ``star``, ``ra_deg``, ``dec_deg``, ``source``, ``frames``, ``nights``, ``first_night``,
        ``last_night``.
    """
    query = (
        select(
            star.c.identifier.label("star"), star.c.ra_deg, star.c.dec_deg, star.c.source, *_COUNTS
        )
        .select_from(frame_star)
        .join(frame, frame.c.frame_id == frame_star.c.frame_id)
        .join(star, star.c.star_id == frame_star.c.star_id)
        .where(frame_star.c.chosen, frame.c.state == "present")
        .group_by(star.c.star_id, star.c.identifier, star.c.ra_deg, star.c.dec_deg, star.c.source)
        .order_by(star.c.identifier)
    )
    rows = connection.execute(restrict_frames(connection, query, viewer))
    return [dict(row) for row in rows.mappings()]


_COUNTS = (
    func.count().label("frames"),
    func.count(frame.c.night.distinct()).label("nights"),
    func.min(frame.c.night).label("first_night"),
    func.max(frame.c.night).label("last_night"),
)
