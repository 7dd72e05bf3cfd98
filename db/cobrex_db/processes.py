"""Processes in the catalogue: known, claimed, listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, exists, func, insert, or_, select, update

from . import schema as s
from .belonging import add_processes
from .chunks import chunks
from .engine import transact
from .errors import CatalogueError
from .people import utc_now
from .process_parts import attempts_of, inputs_of
from .valid import VALID, is_recipe
from .validations import history
from .verdicts import said
from .workspaces import restrict_processes

CLAIM_S = 240.0
_AT_ONCE = 5000  # fewer dirty the same pages again and again, more keep others waiting


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue knows of a process.

    Attributes
    ----------
    process_id : int
    recipe, version : str
        Of who planned it first; another version with the same code makes the same process.
    state : str
    verdict : str or None
    attempts : int
        Number of the last attempt; 0 when there is none.
    made : int
        Number of the attempt whose products are valid, none of them cleaned away; 0 when there
        is none.
    folder : str
        Where that attempt lies, relative to the store: by the version that made it.
    attempt_id : int
        Of that attempt; 0 when there is none.
    ranges_hash : str
        Of the QC ranges it was judged with.
    accepted : bool or None
        The latest word of a person on it.
    claimed_by : str or None
        Name of a batch that makes it now.
    """

    process_id: int
    recipe: str
    version: str
    state: str
    verdict: str | None
    attempts: int
    made: int
    folder: str
    attempt_id: int
    ranges_hash: str
    accepted: bool | None
    claimed_by: str | None


def known(connection: Connection, keys: Iterable[str]) -> dict[str, Known]:
    """Look processes up by key.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    keys : iterable of str

    Returns
    -------
    dict of str to Known
        Only those there are.
    """
    found: dict[str, Known] = {}
    stale = _stale()
    for chunk in chunks(keys):
        attempts = _with_attempts(connection, chunk)
        made = {row[0]: row[_ATTEMPT:] for row in attempts if row[_IS_VALID]}
        people = said(connection, [attempt_id for _, _, attempt_id, _ in made.values()])
        for key, process_id, recipe, version, state, verdict, by, beaten, _, last, *_ in attempts:
            number, folder, attempt_id, ranges = made.get(key, _NOTHING)
            found[key] = Known(
                process_id, recipe, version, state, verdict, last or 0,
                number, folder, attempt_id, ranges or "", people.get(attempt_id),
                by if beaten is not None and beaten > stale else None,
            )  # fmt: skip
    return found


_NOTHING = 0, "", 0, ""
_IS_VALID, _ATTEMPT = 8, 9


def _with_attempts(connection: Connection, keys: Sequence[str]) -> Sequence[Any]:
    """Processes with each of their attempts; the last one is the last row of its process."""
    p, a = s.process.c, s.attempt.c
    valid = and_(VALID, a.removed_at.is_(None))
    return connection.execute(
        select(
            *(p.key, p.process_id, p.recipe, p.version),
            *(p.state, p.verdict, p.claimed_by, p.heartbeat),
            valid.label("is_valid"),
            *(a.number, a.folder, a.attempt_id, a.ranges_hash),
        )
        .outerjoin(s.attempt, a.process_id == p.process_id)
        .where(p.key.in_(keys))
        .order_by(p.process_id, a.number)
    ).all()


def ids_of(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Return the ids of the processes there are, by key."""
    p = s.process.c
    found: dict[str, int] = {}
    for chunk in chunks(keys):
        rows = connection.execute(select(p.key, p.process_id).where(p.key.in_(chunk)))
        found |= dict(rows.tuples().all())
    return found


def named(connection: Connection, process_ids: Iterable[int]) -> list[tuple[str, str]]:
    """Return key and recipe of processes, in order of their ids."""
    p = s.process.c
    return [
        (row.key, row.recipe)
        for chunk in chunks(sorted(process_ids))
        for row in connection.execute(
            select(p.key, p.recipe).where(p.process_id.in_(chunk)).order_by(p.process_id)
        )
    ]


def claim(engine: Engine, processes: Sequence[Mapping[str, Any]], batch: str) -> set[str]:
    """Claim processes for a batch, so that nobody else makes them meanwhile.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    processes : sequence of mapping
        Column values of table ``process``; those not in the catalogue yet are added.
    batch : str
        Name of the batch.

    Returns
    -------
    set of str
        Keys that are now this batch's; others are another batch's.
    """
    rows = {p["key"]: p for p in processes}
    there: list[str] = []
    for some in chunks(rows, _AT_ONCE):
        # again when another driver planned the same at the same moment
        found = transact(engine, lambda c, k=some: _add(c, [rows[x] for x in k], batch))  # type: ignore[misc]
        there += found
    return transact(engine, lambda c: _claim(c, list(rows), there, batch))


def _add(connection: Connection, processes: Sequence[Mapping[str, Any]], batch: str) -> list[str]:
    """Add processes, claimed; return the keys of those that are there already."""
    there = ids_of(connection, [p["key"] for p in processes])
    now = utc_now()
    same = {"state": "planned", "created": now, "claimed_by": batch, "heartbeat": now}
    new = [{**p, **same} for p in processes if p["key"] not in there]
    if new:
        connection.execute(insert(s.process), new)
    return list(there)


def _claim(
    connection: Connection, keys: Sequence[str], there: Sequence[str], batch: str
) -> set[str]:
    """Claim what was there already; return which of all are the batch's."""
    p = s.process.c
    free = or_(p.claimed_by.is_(None), p.claimed_by == batch, p.heartbeat < _stale())
    for chunk in chunks(there):
        connection.execute(
            update(s.process)
            .where(p.key.in_(chunk), free)
            .values(claimed_by=batch, heartbeat=utc_now())
        )
    rows = connection.execute(select(p.key, p.process_id).where(p.claimed_by == batch))
    ids = dict(rows.tuples().all())
    mine = ids.keys() & set(keys)
    ids |= ids_of(connection, [key for key in keys if key not in mine])
    _share(connection, [ids[key] for key in keys], batch)
    return mine


def _share(connection: Connection, process_ids: Sequence[int], batch: str) -> None:
    """What a batch wants belongs to its workspace, whoever makes it."""
    b = s.batch.c
    workspace_id = connection.scalar(select(b.workspace_id).where(b.name == batch))
    if workspace_id is not None:
        add_processes(connection, workspace_id, process_ids)


def tried(connection: Connection, batch: str) -> list[str]:
    """Return the keys of the processes a batch has claimed that have been tried before."""
    p = s.process.c
    attempted = exists().where(s.attempt.c.process_id == p.process_id)
    return list(connection.scalars(select(p.key).where(p.claimed_by == batch, attempted)))


def beat(connection: Connection, batch: str) -> None:
    """Say that a batch is alive: its claims hold for another four minutes."""
    connection.execute(
        update(s.process).where(s.process.c.claimed_by == batch).values(heartbeat=utc_now())
    )


def release(connection: Connection, batch: str) -> None:
    """Give up all claims of a batch."""
    connection.execute(
        update(s.process)
        .where(s.process.c.claimed_by == batch)
        .values(claimed_by=None, heartbeat=None)
    )


def _stale() -> Any:
    return utc_now() - timedelta(seconds=CLAIM_S)


def list_processes(
    connection: Connection,
    *,
    batch: str | None = None,
    recipe: str | None = None,
    star_id: int | None = None,
    state: str | None = None,
    limit: int = 1000,
    viewer: str | None = None,
) -> list[dict[str, Any]]:
    """List processes, the latest first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch, recipe, state : str, optional
        Only those of a batch, of a recipe (with or without namespace), in a state.
    star_id : int, optional
    limit : int
    viewer : str, optional
        Only those this user may see.

    Returns
    -------
    list of dict
        ``key recipe version star night state verdict attempts``.
    """
    p, a = s.process.c, s.attempt.c
    tried = select(func.count()).where(a.process_id == p.process_id).scalar_subquery()
    query = select(
        p.key,
        p.recipe,
        p.version,
        s.star.c.identifier.label("star"),
        p.night,
        p.preset,
        p.state,
        p.verdict,
        tried.label("attempts"),
        p.parameters,
        p.created,
    ).outerjoin(s.star, s.star.c.star_id == p.star_id)
    if batch is not None:
        members = (
            select(s.batch_process.c.process_id)
            .join(s.round_, s.round_.c.round_id == s.batch_process.c.round_id)
            .join(s.batch, s.batch.c.batch_id == s.round_.c.batch_id)
            .where(s.batch.c.name == batch)
        )
        query = query.where(p.process_id.in_(members))
    if recipe is not None:
        query = query.where(is_recipe(recipe))
    if star_id is not None:
        query = query.where(p.star_id == star_id)
    if state is not None:
        query = query.where(p.state == state)
    query = restrict_processes(query, viewer)
    rows = connection.execute(query.order_by(p.process_id.desc()).limit(limit))
    return [dict(row._mapping) for row in rows]


def by_key(connection: Connection, prefix: str, *, viewer: str | None = None) -> dict[str, Any]:
    """Return one process by its key, or by the beginning of its key.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    prefix : str
        At least four characters.
    viewer : str, optional
        Only those this user may see; others are told as if there were none.

    Returns
    -------
    dict
        Columns of ``process``, with ``star``, ``inputs``, ``attempts`` (latest first, each with
        its ``record`` and ``metrics``) and ``validations``.

    Raises
    ------
    CatalogueError
        Kind ``unknown-process`` or ``ambiguous-process``.
    """
    p = s.process.c
    # MariaDB compares an ASCII column with nothing else; no key has a `?`
    first = prefix.encode("ascii", "replace").decode()
    wanted = (
        select(s.process, s.star.c.identifier.label("star"))
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        # not LIKE: SQLite's takes A for a
        .where(p.key.between(first, f"{first}~") if len(first) >= 4 else p.key == first)
    )
    rows = connection.execute(restrict_processes(wanted, viewer).limit(2)).all()
    if not rows:
        if len(prefix) < 4:
            raise CatalogueError(
                f"{prefix!r} is too short for a key",
                hint="give its first four characters at least",
                kind="unknown-process",
            )
        raise CatalogueError(
            f"no process has a key that begins with {prefix!r}",
            hint="`cobrex process list` shows them; four characters are enough",
            kind="unknown-process",
        )
    if len(rows) > 1:
        raise CatalogueError(
            f"several processes have keys that begin with {prefix!r}",
            hint="give more characters of the key",
            kind="ambiguous-process",
        )
    process = dict(rows[0]._mapping)
    process["inputs"] = inputs_of(connection, process["process_id"])
    process["attempts"] = attempts_of(connection, process["process_id"])
    process["validations"] = history(connection, process["process_id"])
    return process
