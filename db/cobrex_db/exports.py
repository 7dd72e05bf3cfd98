"""Products that leave the store for people: which there are, and that they were handed out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, insert, select, update

from . import schema as s
from .chunks import chunks
from .errors import CatalogueError
from .people import user_id, utc_now
from .valid import NOT_FAILED, VALID


class Product(NamedTuple):
    """A valid product.

    Attributes
    ----------
    attempt_id : int
    key, recipe, version : str
        Of its process.
    star : str or None
    night : datetime.date or None
    filter : str or None
    frame_type, content_id : str
    role : str
    n : int
    file, folder : str
        Its name, and the folder of the attempt relative to the store.
    verdict : str or None
    """

    attempt_id: int
    key: str
    recipe: str
    version: str
    star: str | None
    night: date | None
    filter: str | None
    frame_type: str
    content_id: str
    role: str
    n: int
    file: str
    folder: str
    verdict: str | None


def products(
    connection: Connection, batch_id: int, frame_types: Collection[str] = ()
) -> list[Product]:
    """Return the valid products of a batch: what it made, and what it found done.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id : int
    frame_types : collection of str
        Only these; none: all.

    Returns
    -------
    list of Product
        Products that failed their QC, were rejected or cleaned away are left out.
    """
    p, a, f, t = s.process.c, s.attempt.c, s.frame.c, s.frame_type.c
    m, r = s.batch_process.c, s.round_.c
    members = (
        select(m.process_id).join(s.round_, r.round_id == m.round_id).where(r.batch_id == batch_id)
    )
    query = (
        select(
            *(a.attempt_id, p.key, p.recipe, p.version, s.star.c.identifier, f.night, f.filter),
            *(t.name, f.content_id, f.product_role, f.product_n, f.archive_name, a.folder),
            p.verdict,
        )
        .join(s.attempt, and_(a.process_id == p.process_id, VALID))
        .join(s.frame, and_(f.attempt_id == a.attempt_id, f.state == "present"))
        .join(s.frame_type, t.frame_type_id == f.frame_type_id)
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .where(p.process_id.in_(members), NOT_FAILED)
        .order_by(s.star.c.identifier, f.night, t.name, f.frame_id)
    )
    if frame_types:
        query = query.where(t.name.in_(list(frame_types)))
    return [Product(*row) for row in connection.execute(query)]


def note(connection: Connection, attempt_ids: Iterable[int], user: str, path: str) -> None:
    """Note that the products of attempts are handed out: from now on they are kept.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    attempt_ids : iterable of int
    user, path : str
        Who took them, and where to.

    Raises
    ------
    CatalogueError
        Kind ``product-gone``: one was cleaned away meanwhile.
    """
    wanted = sorted(set(attempt_ids))
    a = s.attempt.c
    there = {
        number
        for chunk in chunks(wanted)
        for number in connection.scalars(
            select(a.attempt_id).where(a.attempt_id.in_(chunk), VALID).with_for_update()
        )
    }
    if len(there) < len(wanted):
        raise CatalogueError(
            f"{len(wanted) - len(there)} of the products went out of use meanwhile",
            hint="give the command again",
            kind="product-gone",
        )
    row = {"user_id": user_id(connection, user), "path": path, "created": utc_now()}
    if wanted:
        connection.execute(insert(s.export), [{"attempt_id": number, **row} for number in wanted])


def forget(connection: Connection, path: str) -> None:
    """Take back what was noted of a place: nothing was handed out there."""
    connection.execute(delete(s.export).where(s.export.c.path == path))


def move(connection: Connection, before: str, after: str) -> None:
    """Note that what was handed out lies at another place."""
    connection.execute(update(s.export).where(s.export.c.path == before).values(path=after))


def places(connection: Connection, user: str, ending: str) -> list[str]:
    """Return where a user handed something out to: the places whose name ends so."""
    e, u = s.export.c, s.user.c
    return list(
        connection.scalars(
            select(e.path)
            .join(s.user, u.user_id == e.user_id)
            .where(u.name == user, e.path.endswith(ending, autoescape=True))
            .distinct()
        )
    )
