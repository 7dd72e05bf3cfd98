"""Series: processes that answer the same question; which of them stand, what is stale."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, delete, func, insert, select, update

from . import schema as s
from .chunks import chunks
from .descent import makers_of
from .people import utc_now
from .valid import NOT_FAILED, VALID

INTERMEDIATE = "intermediate"  # why an attempt was cleaned away: a product on the way to others


def standing_of(connection: Connection, process_ids: Collection[int]) -> dict[int, str]:
    """Tell how processes stand among those that answer the same question.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_ids : collection of int

    Returns
    -------
    dict of int to str
        ``superseded``: a later one of its series is there; ``stale``: better inputs are known for
        it or for what it was made from; ``current``. Those whose products are not valid, or failed,
        are left out.
    """
    makers = makers_of(connection, process_ids)
    everything = {*makers, *(m for found in makers.values() for m in found)}
    own = _own(connection, everything)
    old = {p for p, standing in own.items() if standing != "current"}
    reached = _reached(makers, old)
    return {
        p: "stale" if own[p] == "current" and p in reached else own[p]
        for p in process_ids
        if p in own
    }


def _own(connection: Connection, process_ids: Collection[int]) -> dict[int, str]:
    """How each stands by itself, whatever it was made from."""
    p, a, x = s.process.c, s.attempt.c, s.series.c
    found: dict[int, tuple[str, int]] = {}
    for chunk in chunks(process_ids):
        rows = connection.execute(
            _valid(p.process_id, p.series, func.max(a.attempt_id))
            .where(p.process_id.in_(chunk), NOT_FAILED)
            .group_by(p.process_id, p.series)
        )
        found |= {number: (series, attempt) for number, series, attempt in rows}
    latest: dict[str, int] = {}
    stale: set[str] = set()
    for part in chunks({series for series, _ in found.values()}):
        rows = connection.execute(
            _valid(p.series, func.max(a.attempt_id))
            .where(p.series.in_(part), NOT_FAILED)
            .group_by(p.series)
        )
        latest |= dict(rows.tuples().all())
        stale |= set(
            connection.scalars(
                select(x.series).where(x.series.in_(part), x.stale_since.is_not(None))
            )
        )
    return {
        number: "superseded"
        if attempt < latest.get(series, 0)
        else "stale"
        if series in stale
        else "current"
        for number, (series, attempt) in found.items()
    }


def _reached(makers: Mapping[int, set[int]], old: set[int]) -> set[int]:
    """Those that were made from one that is old, directly or through others."""
    reached: set[int] = set()
    size = -1
    while size < len(reached):
        size = len(reached)
        reached |= {p for p, found in makers.items() if found & (old | reached)}
    return reached


class Member(NamedTuple):
    """A process of a series whose products are valid and have not failed.

    Attributes
    ----------
    process_id : int
    key, series, code_hash, environment_digest : str
    """

    process_id: int
    key: str
    series: str
    code_hash: str
    environment_digest: str


def members(connection: Connection, recipes: Collection[str]) -> list[Member]:
    """Return the processes of some recipes that may stand, the latest made first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipes : collection of str
        ``namespace/name``.

    Returns
    -------
    list of Member
    """
    p, a = s.process.c, s.attempt.c
    rows = connection.execute(
        _valid(p.process_id, p.key, p.series, p.code_hash, p.environment_digest)
        .where(p.recipe.in_(list(recipes)), NOT_FAILED)
        .order_by(a.attempt_id.desc())
    ).all()
    return list({row[0]: Member._make(row) for row in rows}.values())


def cleaned(connection: Connection, recipes: Collection[str]) -> set[str]:
    """Return the keys of processes of some recipes that stood until they were cleaned away.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipes : collection of str
        ``namespace/name``.

    Returns
    -------
    set of str
        What is made from them stands as before, so nothing else takes their place.
    """
    p, a = s.process.c, s.attempt.c
    return set(
        connection.scalars(
            select(p.key)
            .join(s.attempt, a.process_id == p.process_id)
            .where(
                p.recipe.in_(list(recipes)),
                a.removed_at.is_not(None),
                a.outcome == "done",
                a.reason == INTERMEDIATE,
            )
        )
    )


def made_of(connection: Connection, process_id: int) -> dict[str, Any]:
    """Return what a process was made of.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_id : int

    Returns
    -------
    dict
        ``parameters``; ``inputs``: list of dict with ``role frame_type content_id why level
        delta_d source frame_id process_id archive_name``.
    """
    p, i, f = s.process.c, s.process_input.c, s.frame.c
    rows = connection.execute(
        select(s.process_input, f.frame_id, p.key.label("maker_key"), f.archive_name)
        .outerjoin(s.frame, and_(f.content_id == i.content_id, f.state.in_(("present", "removed"))))
        .outerjoin(s.process, p.process_id == f.process_id)
        .where(i.process_id == process_id)
        .order_by(i.position, f.frame_id)
    )
    inputs = {row.position: dict(row._mapping) for row in rows}
    parameters = connection.scalar(select(p.parameters).where(p.process_id == process_id))
    return {"parameters": parameters, "inputs": list(inputs.values())}


def mark(connection: Connection, stale: Mapping[str, str], fresh: Iterable[str]) -> None:
    """Note for which series something better can be made, and for which nothing.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    stale : mapping of str to str
        Why, by series; one that is stale already keeps its date.
    fresh : iterable of str
        Series.
    """
    x = s.series.c
    for chunk in chunks(fresh):
        connection.execute(delete(s.series).where(x.series.in_(chunk)))
    known = stale_why(connection, stale)
    for series, why in stale.items():
        if series not in known:
            row = {"series": series, "stale_since": utc_now(), "stale_why": why}
            connection.execute(insert(s.series).values(row))
        elif known[series] != why:
            connection.execute(update(s.series).where(x.series == series).values(stale_why=why))


def stale_why(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """Return why series are stale; those that are not are left out."""
    x = s.series.c
    return {
        row.series: row.stale_why or ""
        for chunk in chunks(wanted)
        for row in connection.execute(
            select(x.series, x.stale_why).where(x.series.in_(chunk), x.stale_since.is_not(None))
        )
    }


def _valid(*columns: Any) -> Select[Any]:
    """Select from processes with valid products, and the attempts that made them."""
    a = s.attempt.c
    valid = and_(a.process_id == s.process.c.process_id, VALID)
    return select(*columns).select_from(s.process.join(s.attempt, valid))
