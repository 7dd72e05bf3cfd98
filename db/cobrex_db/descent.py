"""What was made from what: makers and descendants of processes, and who used a frame."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, and_, func, select

from . import schema as s
from .chunks import chunks
from .workspaces import restrict_processes


def descendants(connection: Connection, process_ids: Iterable[int]) -> dict[int, int]:
    """Return the processes that used a product of some, directly or through others.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_ids : iterable of int

    Returns
    -------
    dict of int to int
        How many steps away each is; those given are not among them.
    """
    f, i = s.frame.c, s.process_input.c
    given = set(process_ids)
    found: dict[int, int] = {}
    queue, depth = list(given), 0
    while queue:
        depth += 1
        using: set[int] = set()
        for chunk in chunks(queue):
            using |= set(
                connection.scalars(
                    select(i.process_id)
                    .join(s.frame, f.content_id == i.content_id)
                    .where(f.process_id.in_(chunk))
                    .distinct()
                )
            )
        queue = [p for p in using if p not in found and p not in given]
        found |= dict.fromkeys(queue, depth)
    return found


def makers_of(connection: Connection, process_ids: Collection[int]) -> dict[int, set[int]]:
    """Return who made the inputs of some processes, and of those makers, up to the raw frames.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_ids : collection of int

    Returns
    -------
    dict of int to set of int
        Direct makers, by process; every maker is a key too.
    """
    i, f = s.process_input.c, s.frame.c
    makers: dict[int, set[int]] = {p: set() for p in process_ids}
    queue = list(makers)
    while queue:
        new: set[int] = set()
        for chunk in chunks(queue):
            rows = connection.execute(
                select(i.process_id, f.process_id.label("maker"))
                .join(s.frame, f.content_id == i.content_id)
                .where(i.process_id.in_(chunk), f.process_id.is_not(None))
                .distinct()
            )
            for row in rows:
                makers[row.process_id].add(row.maker)
                new.add(row.maker)
        queue = [p for p in new if p not in makers]
        makers |= {p: set() for p in queue}
    return makers


def users_of(connection: Connection, content_id: str) -> list[int]:
    """Return the processes that have a content as an input."""
    i = s.process_input.c
    query = select(i.process_id).where(i.content_id == content_id).distinct()
    return list(connection.scalars(query.order_by(i.process_id)))


def of_recipe(
    connection: Connection, recipe: str, *, preset: str | None = None, association: str = ""
) -> list[dict[str, Any]]:
    """Return the valid processes of a recipe.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipe : str
        ``namespace/name``; empty for any.
    preset : str, optional
        Only those made with it.
    association : str
        Only those planned by this rule; empty for any.

    Returns
    -------
    list of dict
        ``process_id``, ``version``, ``code_hash``.
    """
    p = s.process.c
    query = select(p.process_id, p.version, p.code_hash).where(p.state == "done")
    if recipe:
        query = query.where(p.recipe == recipe)
    if preset is not None:
        query = query.where(p.preset == preset)
    if association:
        query = query.where(p.association == association)
    return [dict(row._mapping) for row in connection.execute(query.order_by(p.process_id))]


def describe(
    connection: Connection, process_ids: Collection[int], *, viewer: str | None = None
) -> list[dict[str, Any]]:
    """Return what processes are, what they made and what they cost.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_ids : collection of int
    viewer : str, optional
        Only those this user may see.

    Returns
    -------
    list of dict
        ``process_id key recipe version star night series frame_type cpu_s``; the valid ones only,
        one a process, with the type of its first product.
    """
    p, a, f = s.process.c, s.attempt.c, s.frame.c
    rows: list[dict[str, Any]] = []
    for chunk in chunks(sorted(process_ids)):
        first = (
            select(f.process_id, func.min(f.frame_id).label("frame_id"))
            .where(f.process_id.in_(chunk), f.state == "present")
            .group_by(f.process_id)
            .subquery()
        )
        query = (
            select(
                p.process_id,
                p.key,
                p.recipe,
                p.version,
                s.star.c.identifier.label("star"),
                p.night,
                p.series,
                s.frame_type.c.name.label("frame_type"),
                a.cpu_s,
            )
            .join(first, first.c.process_id == p.process_id)
            .join(s.frame, f.frame_id == first.c.frame_id)
            .join(s.frame_type, s.frame_type.c.frame_type_id == f.frame_type_id)
            .outerjoin(s.star, s.star.c.star_id == p.star_id)
            .outerjoin(s.attempt, and_(a.attempt_id == f.attempt_id))
            .order_by(p.process_id)
        )
        found = connection.execute(restrict_processes(query, viewer))
        rows += [dict(row._mapping) for row in found]
    return rows
