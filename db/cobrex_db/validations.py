"""What people said of products: accepted or rejected, by whom, when and why."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select

from . import schema as s
from .chunks import chunks
from .errors import CatalogueError
from .people import user_id, utc_now
from .valid import VALID, is_recipe
from .verdicts import settle
from .workspaces import demand, restrict_processes, role_in


def say(
    connection: Connection, process_id: int, *, user: str, accepted: bool, why: str
) -> list[int]:
    """Store what a person said of the products of a process.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_id : int
    user : str
    accepted : bool
        False: nothing is made from it any more, and what was goes out of use.
    why : str

    Returns
    -------
    list of int
        Processes that went out of use.

    Raises
    ------
    CatalogueError
        Kind ``no-products``: there is nothing to look at. Kind ``no-access``: they may only read.
    """
    _demand_member(connection, process_id, user)
    a, p = s.attempt.c, s.process.c
    attempt_id = connection.scalar(
        select(a.attempt_id).where(a.process_id == process_id, VALID).order_by(a.number.desc())
    )
    if attempt_id is None:
        key = connection.scalar(select(p.key).where(p.process_id == process_id)) or ""
        raise CatalogueError(
            f"process {key[:8]} has no products to accept or reject",
            hint=f"`cobrex process show {key[:8]}` tells how it fared",
            kind="no-products",
        )
    connection.execute(
        insert(s.validation).values(
            attempt_id=attempt_id,
            user_id=user_id(connection, user),
            accepted=accepted,
            why=why,
            created=utc_now(),
        )
    )
    return settle(connection, process_id)


def _demand_member(connection: Connection, process_id: int, user: str) -> None:
    """A word changes what others use: one who only reads has none."""
    link, w = s.workspace_process.c, s.workspace.c
    places = connection.scalars(
        select(w.name)
        .join(s.workspace_process, link.workspace_id == w.workspace_id)
        .where(link.process_id == process_id)
        .order_by(w.name)
    ).all()
    if places and not any(role_in(connection, user, n) in {"member", "owner"} for n in places):
        demand(connection, user, places[0], "member")


def history(connection: Connection, process_id: int) -> list[dict[str, Any]]:
    """Return what was said of a process, the latest first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_id : int

    Returns
    -------
    list of dict
        ``attempt accepted why user created``.
    """
    v, a = s.validation.c, s.attempt.c
    rows = connection.execute(
        select(a.number.label("attempt"), v.accepted, v.why, s.user.c.name.label("user"), v.created)
        .join(s.attempt, a.attempt_id == v.attempt_id)
        .join(s.user, s.user.c.user_id == v.user_id)
        .where(a.process_id == process_id)
        .order_by(v.validation_id.desc())
    )
    return [dict(row._mapping) for row in rows]


def waiting(
    connection: Connection,
    *,
    recipe: str | None = None,
    star_id: int | None = None,
    viewer: str | None = None,
    everything: bool = False,
) -> list[dict[str, Any]]:
    """Return the processes whose valid products nobody has accepted or rejected.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipe : str, optional
        With or without namespace.
    star_id : int, optional
    viewer : str, optional
        Only what this user may see.
    everything : bool
        Also those of which somebody said something.

    Returns
    -------
    list of dict
        ``process_id attempt_id key recipe version star night verdict accepted user why``; the
        last three None where nobody said anything.
    """
    p, a, v = s.process.c, s.attempt.c, s.validation.c
    latest = (
        select(v.attempt_id, func.max(v.validation_id).label("validation_id"))
        .group_by(v.attempt_id)
        .subquery()
    )
    query = (
        select(
            p.process_id, a.attempt_id, p.key, p.recipe, p.version,
            s.star.c.identifier.label("star"), p.night, p.verdict,
            v.accepted, s.user.c.name.label("user"), v.why,
        )
        .join(s.attempt, and_(a.process_id == p.process_id, VALID))
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .outerjoin(latest, latest.c.attempt_id == a.attempt_id)
        .outerjoin(s.validation, v.validation_id == latest.c.validation_id)
        .outerjoin(s.user, s.user.c.user_id == v.user_id)
        .order_by(p.process_id)
    )  # fmt: skip
    if not everything:
        query = query.where(v.validation_id.is_(None))
    if recipe is not None:
        query = query.where(is_recipe(recipe))
    if star_id is not None:
        query = query.where(p.star_id == star_id)
    query = restrict_processes(query, viewer)
    return [dict(row._mapping) for row in connection.execute(query)]


def makers(connection: Connection, frame_ids: Collection[int]) -> dict[int, str]:
    """Return the keys of the processes that made frames; raw frames are left out."""
    f, p = s.frame.c, s.process.c
    found: dict[int, str] = {}
    for chunk in chunks(frame_ids):
        rows = connection.execute(
            select(f.frame_id, p.key)
            .join(s.process, p.process_id == f.process_id)
            .where(f.frame_id.in_(chunk))
        )
        found |= dict(rows.tuples().all())
    return found
