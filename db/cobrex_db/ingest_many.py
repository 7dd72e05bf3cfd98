"""Takes many records into the catalogue at once: what is as usual in a few statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, exists, select, update
from sqlalchemy.exc import SQLAlchemyError

from . import schema as s
from .chunks import chunks
from .engine import transact
from .ingest import Arrival, add_attempts, add_inputs, ingest
from .invalidate import refused_users, withdraw
from .made import Made, add_products
from .verdicts import add_metrics, worst

_REFUSED = (SQLAlchemyError, LookupError, TypeError, ValueError)


def ingest_many(engine: Engine, arrivals: Sequence[Arrival], store: Path) -> dict[str, list[int]]:
    """Take records into the catalogue, with the same rows as one after the other.

    First attempts that nothing is known against share one transaction; whatever else there is,
    and all of them when one is refused, comes one by one.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    arrivals : sequence of Arrival
    store : pathlib.Path
        The root their products are catalogued under.

    Returns
    -------
    dict of str to list of int
        Processes that went out of use with each, by its key.

    Raises
    ------
    CatalogueError
        Kind ``database-away``.
    """
    try:
        usual = transact(engine, lambda c: take_together(c, arrivals, store))
    except _REFUSED:
        usual = {}
    found: dict[str, list[int]] = dict(usual)
    refused: list[Exception] = []
    for one in (a for a in arrivals if a.record["key"] not in usual):
        try:
            gone = ingest(engine, one.record, one.folder, store, one.ranges_hash)
        except _REFUSED as error:  # the others come in all the same
            refused.append(error)
        else:
            found.setdefault(one.record["key"], []).extend(gone or [])
    if refused:
        raise refused[0]
    return found


def take_together(
    connection: Connection, arrivals: Sequence[Arrival], store: Path
) -> dict[str, list[int]]:
    """Take the usual ones of some records in the caller's transaction.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    arrivals : sequence of Arrival
    store : pathlib.Path

    Returns
    -------
    dict of str to list of int
        As `ingest_many`; what is left out is to come one by one.
    """
    times = Counter(one.record["key"] for one in arrivals)
    usual = {
        one.record["key"]: one
        for one in arrivals
        if times[one.record["key"]] == 1 and not _fails(one.record)
    }
    ids = _untried(connection, usual)
    by_id = {process_id: usual[key] for key, process_id in ids.items()}
    if not by_id:
        return {}
    attempts = add_attempts(connection, by_id, store)
    add_metrics(connection, {attempts[i]: one.record["qc"] for i, one in by_id.items()})
    done = {i: one for i, one in by_id.items() if one.record["outcome"] == "done"}
    add_inputs(connection, {i: one.record for i, one in done.items()})
    made = [Made(one.record, i, attempts[i], one.folder) for i, one in done.items()]
    add_products(connection, made, store)
    _set_states(connection, by_id)
    # what they were made from may have been rejected while they were made
    spoilt: set[int] = set()
    while found := refused_users(connection, done.keys() - spoilt):
        withdraw(connection, found)
        spoilt |= found
    _forget_stale(connection, done.keys() - spoilt)
    return {key: [i] if i in spoilt else [] for key, i in ids.items()}


def _fails(record: Mapping[str, Any]) -> bool:
    """What fails puts out of use what was made from it."""
    return record["outcome"] == "done" and any(m["verdict"] == "fail" for m in record["qc"])


def _untried(connection: Connection, keys: Collection[str]) -> dict[str, int]:
    """Ids of those processes that have neither attempts nor inputs."""
    p = s.process.c
    tried = exists().where(s.attempt.c.process_id == p.process_id)
    known = exists().where(s.process_input.c.process_id == p.process_id)
    found: dict[str, int] = {}
    for chunk in chunks(keys):
        rows = connection.execute(
            select(p.key, p.process_id).where(p.key.in_(chunk), ~tried, ~known)
        )
        found |= dict(rows.tuples().all())
    return {key: found[key] for key in keys if key in found}


def _set_states(connection: Connection, arrivals: Mapping[int, Arrival]) -> None:
    """Give processes state and verdict, and let go of them."""
    alike: dict[tuple[str, str | None], list[int]] = {}
    for process_id, one in arrivals.items():
        record = one.record
        done = record["outcome"] == "done"
        verdict = worst(m["verdict"] for m in record["qc"]) if done else record["verdict"]
        alike.setdefault((record["outcome"], verdict), []).append(process_id)
    for (state, verdict), process_ids in alike.items():
        for chunk in chunks(process_ids):
            connection.execute(
                update(s.process)
                .where(s.process.c.process_id.in_(chunk))
                .values(state=state, verdict=verdict, claimed_by=None, heartbeat=None)
            )


def _forget_stale(connection: Connection, process_ids: Collection[int]) -> None:
    """Nothing better than what was just made is known of their series."""
    p = s.process.c
    for chunk in chunks(process_ids):
        series = list(connection.scalars(select(p.series).where(p.process_id.in_(chunk))))
        connection.execute(delete(s.series).where(s.series.c.series.in_(series)))
