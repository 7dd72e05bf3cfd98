"""Takes a record into the catalogue: attempt, products, inputs, metrics; one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, insert, or_, select, update

from . import schema as s
from .engine import transact
from .invalidate import retire, supersede, uses_refused, withdraw
from .made import Products
from .people import user_id
from .valid import VALID
from .verdicts import add_metrics, settle


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
    attempt_id = _attempt(connection, record, process_id, folder.relative_to(store), ranges_hash)
    add_metrics(connection, attempt_id, record["qc"])
    products = Products(connection, record, process_id, attempt_id, folder, store)
    done = record["outcome"] == "done"
    if done:
        _inputs(connection, record, process_id)
    if latest is not None:  # it comes too late: kept, out of use from the beginning
        if done:
            products.add()
            retire(connection, attempt_id)
        return []
    return _in_force(connection, record, products)


def _in_force(connection: Connection, record: Mapping[str, Any], products: Products) -> list[int]:
    """Let the latest attempt of a process hold; return what went out of use with it."""
    process_id = products.process_id
    values: dict[str, Any] = {"claimed_by": None, "heartbeat": None}
    done = record["outcome"] == "done"
    gone: list[int] = []
    if done:
        gone += supersede(connection, process_id, products.attempt_id)
        products.add()
        values |= {"state": "done"}
    elif not _has_valid(connection, process_id):
        values |= {"state": record["outcome"], "verdict": record["verdict"]}
    connection.execute(
        update(s.process).where(s.process.c.process_id == process_id).values(**values)
    )
    return [*gone, *(_settle(connection, process_id) if done else [])]


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
    if uses_refused(connection, process_id):
        withdraw(connection, [process_id])
        return [process_id]
    series = select(s.process.c.series).where(s.process.c.process_id == process_id)
    connection.execute(delete(s.series).where(s.series.c.series == series.scalar_subquery()))
    return settle(connection, process_id)


def _has_valid(connection: Connection, process_id: int) -> bool:
    """Whether an earlier attempt stands: a failed one does not take its place."""
    a = s.attempt.c
    made = select(a.attempt_id).where(a.process_id == process_id, VALID)
    return connection.scalar(made.limit(1)) is not None


def _attempt(
    connection: Connection,
    record: Mapping[str, Any],
    process_id: int,
    folder: Path,
    ranges_hash: str,
) -> int:
    batch = record["labels"]["batch"]
    made = connection.execute(
        insert(s.attempt).values(
            uuid=record["uuid"],
            process_id=process_id,
            number=record["attempt"],
            batch_id=connection.scalar(select(s.batch.c.batch_id).where(s.batch.c.name == batch)),
            user_id=user_id(connection, record["labels"]["user"]),
            folder=str(folder),
            outcome=record["outcome"],
            reason=record["reason"],
            message=record["message"],
            exit_code=record["exit_code"],
            host=record["agent"]["host"],
            started=_time(record["started"]),
            ended=_time(record["ended"]),
            cpu_s=record["cpu_s"],
            memory_bytes=record["memory_bytes"],
            ranges_hash=ranges_hash,
            record=dict(record),
        )
    )
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _inputs(connection: Connection, record: Mapping[str, Any], process_id: int) -> None:
    table = s.process_input
    there = select(table.c.position).where(table.c.process_id == process_id).limit(1)
    if connection.scalar(there) is not None:
        return
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
        for n, u in enumerate(record["used"])
    ]
    if rows:
        connection.execute(insert(table), rows)
