"""Processes and records in the catalogue, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from toy_plan import process, recipe

from cobrex.process.record import open_record
from cobrex_db import processes
from cobrex_db import schema as s
from cobrex_db.engine import open_catalogue
from cobrex_db.errors import CatalogueError
from cobrex_db.ingest import ingest


@pytest.fixture
def engine(fresh_catalogue_url: str) -> Iterator[Engine]:
    engine = open_catalogue(fresh_catalogue_url)
    yield engine
    engine.dispose()


def row(key: str) -> dict[str, Any]:
    return {
        "key": key,
        "recipe": "main/toy",
        "version": "1.0.0",
        "code_hash": "c" * 43,
        "environment_digest": "e" * 43,
        "parameters": {},
        "series": "s" * 43,
        "star_id": None,
        "night": None,
        "preset": "",
    }


def test_the_case_of_a_key_counts(engine):
    upper, lower = "ABCD" + "x" * 39, "abcd" + "x" * 39
    assert processes.claim(engine, [row(upper), row(lower)], "one") == {upper, lower}
    with engine.connect() as connection:
        assert processes.by_key(connection, "ABCD")["key"] == upper
        assert processes.by_key(connection, lower)["key"] == lower
        for prefix in ("Abcd", "ABC%", "AB_D", "ABCDé", "abcdxxy", "é"):
            with pytest.raises(CatalogueError, match=r"no process|too short"):
                processes.by_key(connection, prefix)


def test_a_claim_adds_what_is_not_there_and_leaves_what_others_hold(engine):
    keys = [f"{n:043d}" for n in range(1200)]
    assert len(processes.claim(engine, [row(k) for k in keys[:700]], "one")) == 700
    assert processes.claim(engine, [row(k) for k in keys], "two") == set(keys[700:])
    with engine.connect() as connection:
        known = processes.known(connection, keys)
    assert [known[k].claimed_by for k in (keys[0], keys[-1])] == ["one", "two"]
    assert {(v.attempts, v.made) for v in known.values()} == {(0, 0)}


def test_a_metric_of_any_length_is_taken(engine, tmp_path: Path):
    planned = process(recipe(tmp_path / "recipe"), [])
    processes.claim(engine, [row(planned.key)], "one")
    record = open_record(planned, 1, {"batch": "one", "user": "ada", "cobrex": "1"})
    limits = {"low": None, "high": None, "action": "warn", "verdict": "pass", "product": None}
    record["qc"] = [{"name": "QC " + "N" * 80, "value": 1.0, "unit": "u" * 60, **limits}]
    record["ended"] = record["started"]
    assert ingest(engine, record, tmp_path / "a", tmp_path, "r" * 43) == []
    assert ingest(engine, record, tmp_path / "a", tmp_path, "r" * 43) is None
    with engine.connect() as connection:
        name, unit = connection.execute(select(s.metric.c.name, s.metric.c.unit)).one()
        kept = connection.scalar(select(s.attempt.c.record))
    assert (len(name), len(unit)) == (64, 32)
    assert kept["qc"] == record["qc"]
