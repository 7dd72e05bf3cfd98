"""Makes one star of two that turn out to be the same."""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, select, tuple_, update

from cobrex_db.schema import alias, frame_star, process, star

from .register import insert_new


def merge_stars(connection: Connection, kept: int, gone: int) -> None:
    """Give one star's names, frames and processes to another, and remove it.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    kept, gone : int
        Star ids.
    """
    _move_frames(connection, kept, gone)
    connection.execute(update(process).where(process.c.star_id == gone).values(star_id=kept))
    names = connection.execute(
        select(alias.c.name, alias.c.name_key, alias.c.source).where(alias.c.star_id == gone)
    ).mappings().all()  # fmt: skip
    connection.execute(delete(alias).where(alias.c.star_id == gone))
    if names:
        connection.execute(insert_new(alias), [{**name, "star_id": kept} for name in names])
    connection.execute(delete(star).where(star.c.star_id == gone))


def _move_frames(connection: Connection, kept: int, gone: int) -> None:
    other = frame_star.alias("other")
    doubled = connection.execute(
        select(frame_star.c.frame_id, frame_star.c.method, frame_star.c.chosen)
        .join(
            other,
            and_(
                other.c.frame_id == frame_star.c.frame_id,
                other.c.method == frame_star.c.method,
                other.c.star_id == kept,
            ),
        )
        .where(frame_star.c.star_id == gone)
    ).tuples().all()  # fmt: skip
    frame = tuple_(frame_star.c.frame_id, frame_star.c.method)
    chosen = [(frame_id, method) for frame_id, method, was_chosen in doubled if was_chosen]
    for some in _slices(chosen):
        connection.execute(
            update(frame_star)
            .where(frame_star.c.star_id == kept, frame.in_(some))
            .values(chosen=True)
        )
    for some in _slices([(frame_id, method) for frame_id, method, _ in doubled]):
        connection.execute(delete(frame_star).where(frame_star.c.star_id == gone, frame.in_(some)))
    connection.execute(update(frame_star).where(frame_star.c.star_id == gone).values(star_id=kept))


def _slices(rows: list[tuple[int, str]], size: int = 400) -> list[list[tuple[int, str]]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
