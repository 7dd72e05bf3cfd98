"""Names that only headers know: the star is the one chosen for their frames."""

from __future__ import annotations

from sqlalchemy import Column, Connection, select

from cobrex_db.schema import frame, frame_star

from .labels import is_label
from .names import normal_form


def spellings_in_headers(connection: Connection) -> dict[str, list[str]]:
    """Return the target names of all frames, by their normal form.

    Reads the whole table of frames: for names that no alias explains.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Reading is enough.

    Returns
    -------
    dict of str to list of str
        Labels such as ``FLAT,LAMP`` are left out.
    """
    found: dict[str, list[str]] = {}
    for column in (frame.c.target, frame.c.object):
        for name in connection.execute(select(column).distinct()).scalars():
            if name and not is_label(name):
                found.setdefault(normal_form(name), []).append(name)
    return found


def stars_in_headers(connection: Connection, spellings: list[str]) -> list[int]:
    """Return the stars chosen for the frames whose headers bear a name.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Reading is enough.
    spellings : list of str
        The name as headers write it.

    Returns
    -------
    list of int
        Star ids; by OBS TARG NAME, or by OBJECT where no target has the name.
    """
    return _chosen(connection, frame.c.target, spellings) or _chosen(
        connection, frame.c.object, spellings
    )


def _chosen(connection: Connection, column: Column[str], spellings: list[str]) -> list[int]:
    rows = connection.execute(
        select(frame_star.c.star_id)
        .distinct()
        .join(frame, frame.c.frame_id == frame_star.c.frame_id)
        .where(frame_star.c.chosen, column.in_(spellings))
        .order_by(frame_star.c.star_id)
    )
    return list(rows.scalars())
