"""Takes a record into the catalogue: attempt, products, inputs, metrics; one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from . import schema as s
from .engine import transact
from .people import user_id, utc_now, workspace_id
from .roots import root_of

_INHERITED = (
    "observation_id", "instrument", "arm", "object", "target", "date_obs", "mjd_obs", "night",
    "ra_deg", "dec_deg", "filter", "coronagraph", "neutral_density", "dit_s", "seeing_arcsec",
    "coherence_time_s", "airmass_start", "airmass_end", "parallactic_start_deg",
    "parallactic_end_deg", "release_date", "instrument_columns",
)


def ingest(
    engine: Engine, record: Mapping[str, Any], folder: Path, store: Path, ranges_hash: str
) -> bool:
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
    bool
        False when it was there already.
    """
    return transact(engine, lambda c: _ingest(c, record, folder, store, ranges_hash))


def _ingest(
    connection: Connection, record: Mapping[str, Any], folder: Path, store: Path, ranges_hash: str
) -> bool:
    process_id = connection.scalar(
        select(s.process.c.process_id).where(s.process.c.key == record["key"])
    )
    there = select(s.attempt.c.attempt_id).where(
        s.attempt.c.process_id == process_id, s.attempt.c.number == record["attempt"]
    )
    if connection.scalar(there) is not None:
        return False
    attempt_id = _attempt(connection, record, process_id, folder.relative_to(store), ranges_hash)
    _metrics(connection, record, attempt_id)
    if record["outcome"] == "done":
        _inputs(connection, record, process_id)
        _supersede(connection, process_id, attempt_id)
        for product in record["generated"]:
            _product(connection, record, product, process_id, attempt_id, folder, store)
    connection.execute(
        update(s.process).where(s.process.c.process_id == process_id)
        .values(state=record["outcome"], verdict=record["verdict"], claimed_by=None,
                heartbeat=None)
    )
    return True


def _attempt(
    connection: Connection, record: Mapping[str, Any], process_id: int | None, folder: Path,
    ranges_hash: str,
) -> int:
    batch = record["labels"]["batch"]
    made = connection.execute(
        insert(s.attempt).values(
            uuid=record["uuid"], process_id=process_id, number=record["attempt"],
            batch_id=connection.scalar(
                select(s.batch.c.batch_id).where(s.batch.c.name == batch)
            ),
            user_id=user_id(connection, record["labels"]["user"]),
            folder=str(folder), outcome=record["outcome"], reason=record["reason"],
            message=record["message"], exit_code=record["exit_code"],
            host=record["agent"]["host"], started=_time(record["started"]),
            ended=_time(record["ended"]), cpu_s=record["cpu_s"],
            memory_bytes=record["memory_bytes"], ranges_hash=ranges_hash, record=dict(record),
        )
    )
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _metrics(connection: Connection, record: Mapping[str, Any], attempt_id: int) -> None:
    rows = [
        {"attempt_id": attempt_id, "product_role": m["product"], "name": m["name"],
         "value": m["value"], "unit": m["unit"], "low": m["low"], "high": m["high"],
         "verdict": m["verdict"]}
        for m in record["qc"]
    ]
    if rows:
        connection.execute(insert(s.metric), rows)


def _inputs(connection: Connection, record: Mapping[str, Any], process_id: int | None) -> None:
    table = s.process_input
    there = select(table.c.position).where(table.c.process_id == process_id).limit(1)
    if connection.scalar(there) is not None:
        return
    rows = [
        {"process_id": process_id, "position": n, "role": u["role"],
         "frame_type": u["frame_type"], "content_id": u["content_id"], "why": u["why"]}
        for n, u in enumerate(record["used"])
    ]
    if rows:
        connection.execute(insert(table), rows)


def _supersede(connection: Connection, process_id: int | None, attempt_id: int) -> None:
    """A new attempt takes the place of those before it: invalidated, never overwritten."""
    moment = utc_now()
    connection.execute(
        update(s.attempt)
        .where(s.attempt.c.process_id == process_id, s.attempt.c.attempt_id != attempt_id,
               s.attempt.c.invalidated_at.is_(None))
        .values(invalidated_at=moment)
    )
    connection.execute(
        update(s.frame)
        .where(s.frame.c.process_id == process_id, s.frame.c.state == "present")
        .values(state="invalid", invalidated_at=moment)
    )


def _product(
    connection: Connection, record: Mapping[str, Any], product: Mapping[str, Any],
    process_id: int | None, attempt_id: int, folder: Path, store: Path,
) -> None:
    main = _main_frame(connection, record["main_frames"])
    owner = user_id(connection, record["labels"]["user"])
    recipe = record["recipe"]
    made = connection.execute(
        insert(s.frame).values(
            {name: main.get(name) for name in _INHERITED}
            | {
                "kind": "product", "frame_type_id": _frame_type(connection, product["frame_type"]),
                "classification": f"{recipe['name']}/{recipe['version']}",
                "content_id": product["content_id"], "state": "present", "user_id": owner,
                "archive_name": product["file"], "process_id": process_id,
                "attempt_id": attempt_id, "product_role": product["role"],
                "product_n": product["n"], "created": utc_now(),
                "instrument_columns": main.get("instrument_columns") or {},
            }
        )
    )
    frame_id = int(made.inserted_primary_key[0])  # type: ignore[index]
    _file(connection, folder / product["file"], store, frame_id)
    workspace = workspace_id(connection, record["labels"]["workspace"])
    connection.execute(insert(s.workspace_frame).values(workspace_id=workspace, frame_id=frame_id))
    if main:
        _stars(connection, int(main["frame_id"]), frame_id)


def _main_frame(connection: Connection, frame_ids: list[int]) -> dict[str, Any]:
    row = connection.execute(
        select(s.frame).where(s.frame.c.frame_id.in_(frame_ids))
        .order_by(s.frame.c.mjd_obs, s.frame.c.frame_id).limit(1)
    ).first()
    return dict(row._mapping) if row else {}


def _frame_type(connection: Connection, name: str) -> int:
    found = connection.scalar(
        select(s.frame_type.c.frame_type_id).where(s.frame_type.c.name == name)
    )
    if found is None:
        made = connection.execute(insert(s.frame_type).values(name=name))
        found = made.inserted_primary_key[0]  # type: ignore[index]
    return int(found)


def _file(connection: Connection, path: Path, store: Path, frame_id: int) -> None:
    root_id, relative = root_of(connection, path, default=store)
    stat = path.stat()
    connection.execute(
        insert(s.file).values(
            root_id=root_id, path=relative, frame_id=frame_id, size_bytes=stat.st_size,
            mtime_ns=stat.st_mtime_ns, ctime_ns=stat.st_ctime_ns, device=stat.st_dev,
            inode=stat.st_ino, seen_ns=stat.st_ctime_ns,
        )
    )


def _stars(connection: Connection, main_id: int, frame_id: int) -> None:
    fs = s.frame_star
    columns = (fs.c.star_id, fs.c.method, fs.c.separation_arcsec, fs.c.chosen)
    rows = [
        {**row._mapping, "frame_id": frame_id}
        for row in connection.execute(select(*columns).where(fs.c.frame_id == main_id))
    ]
    if rows:
        connection.execute(insert(fs), rows)
