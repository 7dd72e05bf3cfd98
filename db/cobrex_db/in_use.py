"""What is in use: versions and environments, plans of running batches, kept scratch."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from . import schema as s
from .chunks import chunks
from .valid import VALID


class Used(NamedTuple):
    """A version that made something.

    Attributes
    ----------
    recipe, version, environment : str
        The environment as its digest.
    """

    recipe: str
    version: str
    environment: str


def used_since(connection: Connection, moment: datetime) -> set[Used]:
    """Return what made a product that is valid, or is being made.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    moment : datetime.datetime
        Since when, UTC.

    Returns
    -------
    set of Used
    """
    a, p = s.attempt.c, s.process.c
    columns = (p.recipe, p.version, p.environment_digest)
    late = and_(a.process_id == p.process_id, VALID, func.coalesce(a.ended, a.started) >= moment)
    made = select(*columns).join(s.attempt, late).distinct()
    making = select(*columns).where(p.claimed_by.is_not(None)).distinct()
    rows = [*connection.execute(made), *connection.execute(making)]
    return {Used(*row) for row in rows}


def recipes_in_use(connection: Connection) -> list[str]:
    """Return the recipes that have valid products."""
    p = s.process.c
    valid = and_(s.attempt.c.process_id == p.process_id, VALID)
    return list(connection.scalars(select(p.recipe).join(s.attempt, valid).distinct()))


def running_plans(connection: Connection) -> list[tuple[str, str]]:
    """Return folder, relative to the store, and plan of each round of the batches that run."""
    b, r = s.batch.c, s.round_.c
    rows = connection.execute(
        select(b.folder, r.plan)
        .join(s.round_, r.batch_id == b.batch_id)
        .where(b.state == "running")
    )
    return [(row.folder, row.plan) for row in rows]


def ended_before(connection: Connection, moment: datetime, name: str = "") -> list[str]:
    """Return the names of batches that ended before a moment; only this one when it is named."""
    b = s.batch.c
    query = select(b.name).where(
        b.state != "running", or_(b.ended < moment, and_(b.ended.is_(None), b.started < moment))
    )
    return list(connection.scalars(query.where(b.name == name) if name else query))


def unfinished(connection: Connection, moment: datetime, name: str = "") -> dict[str, set[str]]:
    """Return the products of attempts whose scratch files were kept with them.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    moment : datetime.datetime
        Only of batches that ended before it, UTC.
    name : str
        Only of this batch; empty for any.

    Returns
    -------
    dict of str to set of str
        File names by folder, relative to the store.
    """
    a, b, f = s.attempt.c, s.batch.c, s.frame.c
    asked = select(b.batch_id, b.request).where(b.state != "running", b.ended < moment)
    batches = connection.execute(asked.where(b.name == name) if name else asked)
    keeping = [number for number, request in batches if request.get("keep_scratch")]
    found: dict[str, set[str]] = {}
    for chunk in chunks(keeping):
        rows = connection.execute(
            select(a.folder, f.archive_name)
            .join(s.frame, f.attempt_id == a.attempt_id)
            .where(a.batch_id.in_(chunk), a.outcome == "done")
        )
        for folder, file in rows:
            found.setdefault(folder, set()).add(file)
    return found
