"""Takes a record into the catalogue: attempt, products, inputs, metrics; one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, insert, or_, select, update

from . import schema as s
from .chunks import chunks
from .engine import transact
from .invalidate import refused_users, retire, supersede, withdraw, withdraw_users
from .made import Made, add_products
from .moments import as_moment
from .people import user_id
from .valid import VALID
from .verdicts import add_metrics, settle


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record that comes.

    Attributes
    ----------
    record : mapping
        ``record/1``.
    folder : pathlib.Path
        Where the attempt lies.
    ranges_hash : str
        Of the QC ranges of the verdict.
    """

    record: Mapping[str, Any]
    folder: Path
    ranges_hash: str


def ingest(
    engine: Engine, record: Mapping[str, Any], folder: Path, store: Path, ranges_hash: str
) -> list[int] | None:
    """Take one record into the catalogue.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    record : mapping
        ``record/1``.
    folder : pathlib.Path
        Where the attempt lies.
    store : pathlib.Path
        The root its products are catalogued under.
    ranges_hash : str
        Of the QC ranges of the verdict.

    Returns
    -------
    list of int or None
        Processes that went out of use with it; None when it was there already.
    """
    return transact(engine, lambda c: ingest_in(c, record, folder, store, ranges_hash))


def ingest_in(
    connection: Connection, record: Mapping[str, Any], folder: Path, store: Path, ranges_hash: str
) -> list[int] | None:
    """Take one record into the catalogue in the caller's transaction, as `ingest` does."""
    process_id = connection.scalars(
        select(s.process.c.process_id).where(s.process.c.key == record["key"])
    ).one()
    latest = _latest(connection, process_id, record["attempt"])
    if latest == record["attempt"]:
        return None
    arrival = Arrival(record, folder, ranges_hash)
    attempt_id = add_attempts(connection, {process_id: arrival}, store)[process_id]
    add_metrics(connection, {attempt_id: record["qc"]})
    made = [Made(record, process_id, attempt_id, folder)] if record["outcome"] == "done" else []
    if made:
        add_inputs(connection, {process_id: record})
    if latest is not None:  # it comes too late: kept, out of use from the beginning
        if made:
            add_products(connection, made, store)
            retire(connection, attempt_id)
        return []
    gone = supersede(connection, process_id, attempt_id) if made else []
    add_products(connection, made, store)
    return [*gone, *_in_force(connection, record, process_id)]


def _in_force(connection: Connection, record: Mapping[str, Any], process_id: int) -> list[int]:
    """Let the latest attempt of a process hold; return what went out of use with it."""
    values: dict[str, Any] = {"claimed_by": None, "heartbeat": None}
    done = record["outcome"] == "done"
    if done:
        values |= {"state": "done"}
    elif not _has_valid(connection, process_id):
        values |= {"state": record["outcome"], "verdict": record["verdict"]}
    connection.execute(
        update(s.process).where(s.process.c.process_id == process_id).values(**values)
    )
    return _settle(connection, process_id) if done else []


def _latest(connection: Connection, process_id: int, number: int) -> int | None:
    """Number of the attempt when it is there, else of a later one that is done; else None."""
    a = s.attempt.c
    later = and_(a.number > number, a.outcome == "done")
    return connection.scalar(
        select(a.number)
        .where(a.process_id == process_id, or_(a.number == number, later))
        .order_by(a.number)
        .limit(1)
    )


def _settle(connection: Connection, process_id: int) -> list[int]:
    """Its verdict; what it was made from may have been rejected while it was made."""
    if refused_users(connection, [process_id]):
        withdraw(connection, [process_id])
        # records come in any order: what was made from it may be there already
        return [process_id, *withdraw_users(connection, process_id)]
    series = select(s.process.c.series).where(s.process.c.process_id == process_id)
    connection.execute(delete(s.series).where(s.series.c.series == series.scalar_subquery()))
    return settle(connection, process_id)


def _has_valid(connection: Connection, process_id: int) -> bool:
    """Whether an earlier attempt stands: a failed one does not take its place."""
    a = s.attempt.c
    made = select(a.attempt_id).where(a.process_id == process_id, VALID)
    return connection.scalar(made.limit(1)) is not None


def add_attempts(
    connection: Connection, arrivals: Mapping[int, Arrival], store: Path
) -> dict[int, int]:
    """Add attempts.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    arrivals : mapping of int to Arrival
        By process id.
    store : pathlib.Path

    Returns
    -------
    dict of int to int
        Attempt ids by process id.
    """
    labels = [one.record["labels"] for one in arrivals.values()]
    users = {name: user_id(connection, name) for name in dict.fromkeys(x["user"] for x in labels)}
    b, a = s.batch.c, s.attempt.c
    rows = connection.execute(
        select(b.name, b.batch_id).where(b.name.in_({str(x["batch"]) for x in labels}))
    )
    batches = dict(rows.tuples().all())
    connection.execute(
        insert(s.attempt),
        [_attempt(i, one, store, users, batches) for i, one in arrivals.items()],
    )
    uuids = {one.record["uuid"]: i for i, one in arrivals.items()}
    return {
        uuids[uuid]: attempt_id
        for chunk in chunks(uuids)
        for uuid, attempt_id in connection.execute(
            select(a.uuid, a.attempt_id).where(a.uuid.in_(chunk))
        )
    }


def _attempt(
    process_id: int,
    arrival: Arrival,
    store: Path,
    users: Mapping[str, int],
    batches: Mapping[str, int],
) -> dict[str, Any]:
    record = arrival.record
    return {
        "uuid": record["uuid"],
        "process_id": process_id,
        "number": record["attempt"],
        "batch_id": batches.get(record["labels"]["batch"]),
        "user_id": users[record["labels"]["user"]],
        "folder": str(arrival.folder.relative_to(store)),
        "outcome": record["outcome"],
        "reason": record["reason"],
        "message": record["message"],
        "exit_code": record["exit_code"],
        "host": record["agent"]["host"],
        "started": as_moment(record["started"]),
        "ended": as_moment(record["ended"]),
        "cpu_s": record["cpu_s"],
        "memory_bytes": record["memory_bytes"],
        "size_bytes": sum(one.get("size_bytes") or 0 for one in record["generated"]),
        "ranges_hash": arrival.ranges_hash,
        "record": dict(record),
    }


def add_inputs(connection: Connection, records: Mapping[int, Mapping[str, Any]]) -> None:
    """Add what processes were made from, where it is not there yet; by process id."""
    table = s.process_input
    there: set[int] = set()
    for chunk in chunks(records):
        found = select(table.c.process_id).where(table.c.process_id.in_(chunk)).distinct()
        there |= set(connection.scalars(found))
    rows = [
        {
            "process_id": process_id,
            "position": n,
            "role": u["role"],
            "frame_type": u["frame_type"],
            "content_id": u["content_id"],
            "why": u["why"],
            "level": u.get("level"),
            "delta_d": u.get("delta_d"),
            "source": u.get("source"),
        }
        for process_id, record in records.items()
        if process_id not in there
        for n, u in enumerate(record["used"])
    ]
    if rows:
        connection.execute(insert(table), rows)
