"""Records taken in many at once leave the same rows as one after the other."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from cobrex_db import processes
from cobrex_db import schema as s
from cobrex_db.engine import transact
from cobrex_db.ingest import Arrival, ingest
from cobrex_db.ingest_many import ingest_many
from cobrex_db.people import user_id, utc_now, workspace_id

COUNT = 60
RANGES = "q" * 43


def test_the_same_rows_as_one_after_the_other(engine: Engine, tmp_path: Path) -> None:
    store = tmp_path / "store"
    mains = transact(engine, _raw_frames)
    slow, fast = (_arrivals(engine, store, letter, mains) for letter in "xy")
    one_by_one = {
        a.record["key"]: ingest(engine, a.record, a.folder, store, a.ranges_hash) or []
        for a in slow
    }
    together = ingest_many(engine, fast, store)
    with engine.connect() as connection:
        keys = dict(connection.execute(select(s.process.c.process_id, s.process.c.key)).all())
        first, second = (_rows(connection, letter) for letter in "xy")
    assert {name: len(rows) for name, rows in first.items()} == {
        name: len(rows) for name, rows in second.items()
    }
    for name, rows in first.items():
        assert set(rows) ^ set(second[name]) == set(), name
    assert {name for name, rows in first.items() if not rows} == set(), "all of it was looked at"
    gone = [
        {k[1:]: sorted(keys[i][1:] for i in ids) for k, ids in found.items()}
        for found in (one_by_one, together)
    ]
    assert any(gone[0].values())
    # what refuses itself in a transaction of its own may be named by another record
    assert {i for ids in gone[0].values() for i in ids} == {
        i for ids in gone[1].values() for i in ids
    }
    assert ingest_many(engine, fast, store) == {a.record["key"]: [] for a in fast}, "known by now"


def test_a_bad_record_keeps_no_other_out(engine: Engine, tmp_path: Path) -> None:
    store = tmp_path / "store"
    arrivals = _arrivals(engine, store, "z", transact(engine, _raw_frames))
    spoilt = dict(arrivals[7].record, agent={"host": None, "user": "ada"}, uuid=None)
    arrivals[7] = Arrival(spoilt, arrivals[7].folder, RANGES)
    with pytest.raises(SQLAlchemyError):
        ingest_many(engine, arrivals, store)
    with engine.connect() as connection:
        known = processes.known(connection, [a.record["key"] for a in arrivals])
    without = [key for key, one in known.items() if not one.attempts]
    assert without == [spoilt["key"]]


def _key(letter: str, number: int) -> str:
    return f"{letter}{number:042d}"


def _raw_frames(connection: Connection) -> list[int]:
    """Three frames of a star, the second without a time."""
    user = user_id(connection, "ada")
    connection.execute(insert(s.frame_type).values(name="TOY"))
    kind = connection.scalar(select(s.frame_type.c.frame_type_id).limit(1))
    star = connection.execute(
        insert(s.star).values(identifier="HD 1", source="simbad")
    ).inserted_primary_key[0]
    made = []
    for n, mjd in enumerate((58002.0, None, 58001.0)):
        frame = connection.execute(
            insert(s.frame).values(
                kind="raw", classification="toy/1", frame_type_id=kind,
                content_id=f"{n}".ljust(43, "r"),
                state="present", user_id=user, archive_name=f"F{n}.fits", mjd_obs=mjd,
                object=f"O{n}", created=utc_now(), instrument_columns={"n": n},
            )
        ).inserted_primary_key[0]  # fmt: skip
        made.append(frame)
        connection.execute(
            insert(s.frame_star).values(
                frame_id=frame, star_id=star, frame_type_id=kind, method="name", chosen=False
            )
        )
    return made


def _arrivals(engine: Engine, store: Path, letter: str, mains: list[int]) -> list[Arrival]:
    """Records of all kinds, the same for each letter."""
    dice = random.Random(5)
    rows = [
        {
            "key": _key(letter, n), "recipe": "main/toy", "version": "1.0.0",
            "code_hash": "c" * 43, "environment_digest": "e" * 43, "parameters": {},
            "series": f"{letter}s{n // 3}".ljust(43, "s"), "star_id": None, "night": None,
            "preset": "",
        }
        for n in range(COUNT + 1)
    ]  # fmt: skip
    processes.claim(engine, rows, f"batch-{letter}")
    transact(engine, lambda c: _surroundings(c, letter))
    arrivals = [_arrival(store, letter, n, dice, mains) for n in range(COUNT)]
    # second attempts of some, one of which was made twice in the same look
    again = [_arrival(store, letter, n, dice, mains, attempt=2) for n in (3, 10, 11)]
    return [*arrivals, *again]


def _surroundings(connection: Connection, letter: str) -> None:
    """A shared workspace, a series with something better, a rejected maker."""
    p = s.process.c
    ids = dict(
        connection.execute(select(p.key, p.process_id).where(p.key.like(f"{letter}%"))).all()
    )
    shared = workspace_id(connection, f"shared-{letter}")
    connection.execute(
        insert(s.workspace_process),
        [{"workspace_id": shared, "process_id": ids[_key(letter, n)]} for n in (1, 2)],
    )
    stale = [f"{letter}s{n}".ljust(43, "s") for n in (0, COUNT // 3)]
    connection.execute(insert(s.series), [{"series": n, "stale_why": "better"} for n in stale])
    connection.execute(update(s.process).where(p.key == _key(letter, COUNT)).values(verdict="fail"))
    kind = connection.scalar(select(s.frame_type.c.frame_type_id).limit(1))
    connection.execute(
        insert(s.frame).values(
            kind="product", classification="toy/1", frame_type_id=kind,
            content_id=f"{letter}bad".ljust(43, "b"),
            state="present", user_id=user_id(connection, "ada"), created=utc_now(),
            process_id=ids[_key(letter, COUNT)], instrument_columns={},
        )
    )  # fmt: skip


def _arrival(
    store: Path,
    letter: str,
    number: int,
    dice: random.Random,
    mains: list[int],
    attempt: int = 1,
) -> Arrival:
    key = _key(letter, number)
    outcome = "done" if number in {3, 10} else dice.choice(["done"] * 4 + ["failed", "blocked"])
    done = outcome == "done"
    verdicts = (
        dice.choices(["pass", "warn", "fail"], [6, 2, 1], k=dice.randrange(3)) if done else []
    )
    folder = store / "processes" / key / f"{attempt:04d}"
    folder.mkdir(parents=True)
    products = [
        {
            "role": "out", "n": n, "frame_type": f"T{dice.randrange(3)}", "file": f"{n}.fits",
            "content_id": f"{letter}{number}.{n}".ljust(43, "p"), "size_bytes": 100 + n,
        }
        for n in range(dice.randrange(3) if done else 0)
    ]  # fmt: skip
    for product in products:
        if dice.random() < 0.9:  # else cleaned away
            (folder / product["file"]).write_bytes(b"x" * product["size_bytes"])
    below = f"{letter}{number - 1}.0".ljust(43, "p") if number else "r" * 43
    used = [below, f"{letter}bad".ljust(43, "b")] if number % 13 == 5 else [below]
    record = {
        "schema": "record/1", "key": key, "attempt": attempt,
        "uuid": f"{letter}{attempt}{number}".ljust(36, "u"), "outcome": outcome,
        "reason": "" if done else "recipe-error", "message": "", "exit_code": 0,
        "verdict": max(verdicts, key=["pass", "warn", "fail"].index, default="pass")
        if done else None,
        "recipe": {"name": "main/toy", "version": "1.0.0"}, "generated": products,
        "labels": {"batch": None, "user": dice.choice(["ada", "eve"]), "workspace": "public"},
        "main_frames": dice.sample(mains, dice.randrange(4)),
        "used": [
            {"role": "in", "frame_type": "RAW", "content_id": c, "why": "main", "level": n}
            for n, c in enumerate(used)
        ],
        "qc": [
            {"name": f"QC {n}", "value": 1.5, "unit": "adu", "product": None, "low": 0.0,
             "high": 2.0, "verdict": v}
            for n, v in enumerate(verdicts)
        ],
        "started": "2026-11-27T20:00:00.000", "ended": "2026-11-27T20:00:01.000",
        "cpu_s": 0.5, "memory_bytes": 1000, "agent": {"host": "h", "user": "ada"},
    }  # fmt: skip
    return Arrival(record, folder, RANGES)


def _rows(connection: Connection, letter: str) -> Mapping[str, list[Any]]:
    """All rows of the processes of a letter, without numbers and times of now, letter blanked."""
    p, a, f = s.process.c, s.attempt.c, s.frame.c
    mine = p.key.like(f"{letter}%")
    attempts = select(p.key, a.number.label("attempt"), s.attempt).join(
        s.process, p.process_id == a.process_id
    )
    frames = (
        select(p.key, s.frame_type.c.name, s.frame)
        .join(s.process, p.process_id == f.process_id)
        .join(s.frame_type, s.frame_type.c.frame_type_id == f.frame_type_id)
    )
    queries = {
        "process": select(s.process),
        "attempt": attempts,
        "frame": frames,
        "file": select(p.key, f.product_n, s.file)
        .join(s.frame, f.frame_id == s.file.c.frame_id)
        .join(s.process, p.process_id == f.process_id),
        "frame_star": select(p.key, f.product_n, s.frame_star)
        .join(s.frame, f.frame_id == s.frame_star.c.frame_id)
        .join(s.process, p.process_id == f.process_id),
        "stale": select(p.key, s.series).join(s.series, s.series.c.series == p.series),
        "metric": select(p.key, s.metric)
        .join(s.attempt, a.attempt_id == s.metric.c.attempt_id)
        .join(s.process, p.process_id == a.process_id),
        "input": select(p.key, s.process_input).join(
            s.process, p.process_id == s.process_input.c.process_id
        ),
        "workspace_process": select(p.key, s.workspace.c.name)
        .join(s.workspace_process, s.workspace_process.c.process_id == p.process_id)
        .join(s.workspace, s.workspace.c.workspace_id == s.workspace_process.c.workspace_id),
        "workspace_frame": select(p.key, f.product_n, s.workspace.c.name)
        .join(s.frame, f.process_id == p.process_id)
        .join(s.workspace_frame, s.workspace_frame.c.frame_id == f.frame_id)
        .join(s.workspace, s.workspace.c.workspace_id == s.workspace_frame.c.workspace_id),
    }
    return {
        name: sorted(_plain(row._mapping, letter) for row in connection.execute(q.where(mine)))
        for name, q in queries.items()
    }


_NUMBERS = {"process_id", "attempt_id", "frame_id", "metric_id", "file_id", "inode"}


def _plain(row: Mapping[str, Any], letter: str) -> str:
    said = {
        name: value is not None if isinstance(value, datetime) or name.endswith("_ns") else value
        for name, value in row.items()
        if name not in _NUMBERS
    }
    words = str(sorted(said.items()))
    return re.sub(rf"(?<=['/-]){letter}(?=[0-9s'b])", "_", words)
