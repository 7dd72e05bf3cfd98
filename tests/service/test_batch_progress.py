"""How the processes of a batch are counted and grouped, on both databases."""

from __future__ import annotations

import pytest
from batch_rows import Row, add_round, begin, key
from sqlalchemy import Connection, Engine, update

from cobrex_db import batch_failures, batch_members, batch_progress, batch_story
from cobrex_db import schema as s
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError

FLAT = "toy_flat"
SCIENCE = "toy_science"
ROWS = [
    Row(FLAT, "HR 100", "failed", cause="recipe-error", message="lamp 1 was off"),
    Row(SCIENCE, "HR 100", "blocked", cause="input-failed", blocked_by=0),
    Row(FLAT, "HR 200", "done", took_s=40, ended_s=10),
    Row(SCIENCE, "HR 200", "done", metric="QC LEVEL", ended_s=5),
    Row(FLAT, "HR 300", "reused"),
    Row(SCIENCE, "HR 300", "running", took_s=90, ended_s=0),
    Row(FLAT, "HR 400", "waiting"),
    Row(SCIENCE, "HR 400", "cancelled", cause="cancelled"),
    Row(FLAT, "HR 500", "lost", cause="node-lost", message="node7 does not answer"),
]


@pytest.fixture
def batch_id(engine: Engine) -> int:
    return transact(engine, lambda c: begin(c, ROWS))


def states(connection: Connection, batch_id: int) -> dict[str, str]:
    return {m["key"]: m["state"] for m in batch_members.members(connection, batch_id)}


def _counted(engine: Engine, batch_id: int) -> None:
    with engine.connect() as c:
        found = batch_progress.steps(c, batch_id)
        (listed,) = batch_story.list_batches(c)
        together = batch_progress.steps(c, batch_id, by_star=False)
    fared = {(one.star, one.step): +one.counts for one in found}
    wanted = {(row.star, row.step): {row.state: 1, "total": 1} for row in ROWS}
    wanted["HR 200", SCIENCE]["qc_fail"] = 1
    assert fared == wanted
    assert listed["processes"] == len(ROWS)
    assert listed["counts"]["done"] == 2
    assert listed["counts"]["qc_fail"] == 1
    assert [(one.step, one.counts["total"]) for one in together] == [(FLAT, 5), (SCIENCE, 4)]


def _members(engine: Engine, batch_id: int) -> None:
    with engine.connect() as c:
        star_id = c.scalar(s.star.select().where(s.star.c.identifier == "HR 200"))
        by_star = batch_members.members(c, batch_id, star_id=star_id)
        by_step = batch_members.members(c, batch_id, step=SCIENCE, limit=3)
        (failed,) = batch_members.members(c, batch_id, state="failed")
        (waits,) = batch_members.members(c, batch_id, state="blocked")
    assert [m["association"] for m in by_star] == [FLAT, SCIENCE]
    assert [m["star"] for m in by_step] == ["HR 100", "HR 200", "HR 300"]
    assert (failed["cause"], failed["message"]) == ("recipe-error", "lamp 1 was off")
    assert (failed["host"], failed["job"], failed["attempt"]) == ("node7", "4711", 1)
    assert waits["blocked_by"] == failed["key"] == key(1)


def _failures(engine: Engine, batch_id: int) -> None:
    with engine.connect() as c:
        found = {(f.star, f.cause): f for f in batch_failures.failures(c, batch_id)}
        (kept,) = batch_failures.blocked(c, batch_id)
        latest = batch_failures.latest(c, batch_id)
    assert sorted(found) == [
        ("HR 100", "recipe-error"),
        ("HR 200", "qc"),
        ("HR 500", "node-lost"),
    ]
    assert found["HR 200", "qc"].message == "QC LEVEL out of range"
    assert found["HR 500", "node-lost"].state == "lost"
    assert (kept["key"], kept["recipe"], kept["star"]) == (key(1), f"main/{FLAT}", "HR 100")
    assert (kept["count"], kept["stars"]) == (1, 1)
    assert [f.message for f in latest] == ["node7 does not answer", "lamp 1 was off"]


def _running(engine: Engine, batch_id: int) -> None:
    with engine.connect() as c:
        (now,) = batch_progress.running(c, batch_id)
        ended = batch_progress.ended(c, batch_id)
    assert (now["star"], now["host"], now["job"], now["step"]) == (
        *("HR 300", "node7", "4711"),
        SCIENCE,
    )
    assert ended[2].took_s == pytest.approx(40, abs=1)
    assert [e.outcome for e in ended] == ["lost", "done", "done", "blocked", "failed"]


def test_a_batch_is_told_from_all_sides(engine: Engine, batch_id: int) -> None:
    for part in (_counted, _members, _failures, _running, _unknown):
        part(engine, batch_id)


def test_a_process_of_several_rounds_counts_once(engine: Engine, batch_id: int) -> None:
    def again(c: Connection) -> None:
        # what failed is made again; the blocked one is asked for with other inputs instead
        series = c.scalar(s.process.select().where(s.process.c.key == key(2)).with_only_columns(
            s.process.c.series
        ))  # fmt: skip
        c.execute(update(s.process).where(s.process.c.key == key(9)).values(series=series))
        later = {
            1: Row(FLAT, "HR 100", "done"),
            3: Row(FLAT, "HR 200", "reused"),
            5: Row(FLAT, "HR 300", "reused"),
            9: Row(FLAT, "HR 500", "waiting"),
        }
        add_round(c, batch_id, later, number=2, first=1)

    transact(engine, again)
    with engine.connect() as c:
        found = states(c, batch_id)
        (listed,) = batch_story.list_batches(c)
    assert found[key(1)] == "done"
    assert key(2) not in found
    assert found[key(3)] == "done"  # the batch's own, though round 2 only uses it again
    assert found[key(5)] == "reused"
    assert found[key(4)] == "done"  # only the first round has it
    assert found[key(9)] == "waiting"
    assert listed["processes"] == len(found) == len(ROWS) - 1


def _unknown(engine: Engine, batch_id: int) -> None:
    with engine.connect() as c:
        assert batch_story.find_batch(c, None, viewer="bob")["batch_id"] == batch_id
        for name in ("nosuch", "survey'; drop table batch"):
            with pytest.raises(CatalogueError) as caught:
                batch_story.find_batch(c, name, viewer="bob")
            assert caught.value.kind == "unknown-batch"
