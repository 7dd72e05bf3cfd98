"""Rounds on the toy observatory: what fails is planned without; nothing made from it stays."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from toy_world import World, build

SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("template")).folder


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    world = World(Path(shutil.copytree(template, tmp_path / "w", symlinks=True)))
    world.frame("flat1", "FLAT", hour=12)
    world.frame("sci1", "HR 100", hour=3)
    return world


def processes(world: World) -> list[dict]:
    return json.loads(world.cobrex("process", "list", "--json"))


def of_frame(world: World, name: str, listed: list[dict] | None = None) -> dict:
    """The process whose main frame is a file; the one that is done of several."""
    records = map(json.loads, (p.read_text() for p in world.home.rglob("record.json")))
    mine = {
        r["key"] for r in records
        if any(u["path"].endswith(f"/{name}.fits") for u in r["used"])
    }  # fmt: skip
    found = [p for p in (listed or processes(world)) if p["key"] in mine]
    best = max(found, key=lambda p: p["state"] == "done")
    return json.loads(world.cobrex("process", "show", best["key"], "--json"))


def test_what_failed_its_qc_is_replaced_within_the_batch(world: World) -> None:
    world.frame("flat2", "FLAT", hour=2, LEVEL=99.0)
    world.frame("flat3", "FLAT", hour=4, BROKEN=True)
    world.cobrex("import", str(world.data))
    # flat2 is nearest and fails its QC, flat3 is next and cannot be made, flat1 serves
    done = json.loads(world.cobrex(*SCIENCE, "--name", "one", "--json"))
    assert done["state"] == "done"
    assert [c["what"] for c in done["changes"]] == ["next-best", "next-best"]
    listed = processes(world)
    science = of_frame(world, "sci1", listed)
    flats = {name: of_frame(world, name, listed) for name in ("flat1", "flat2", "flat3")}
    (used,) = [u for u in science["attempts"][0]["record"]["used"] if u["role"] == "flat"]
    assert used["key"] == flats["flat1"]["key"]
    assert used["level"] == 0
    assert used["delta_d"] == pytest.approx(9 / 24)
    shown = world.cobrex("process", "sof", science["key"])
    assert flats["flat1"]["key"] in shown
    assert flats["flat2"]["key"] not in shown
    batch = json.loads(world.cobrex("batch", "show", "one", "--json"))
    assert batch["state"] == "done"
    assert [c["round"] for c in batch["changes"]] == [2, 3]
    for change, name in zip(batch["changes"], ("flat2", "flat3"), strict=True):
        assert change["what"] == "next-best"
        assert f"instead of toy_flat@1.0.0 {flats[name]['key'][:8]}" in change["message"]
    folder = world.home / "store" / "batches" / "one"
    assert sorted(p.name for p in folder.glob("plan-*")) == [f"plan-{n}.sqlite" for n in (1, 2, 3)]
    # an earlier round's plan tells what was meant then, the latest what was used
    assert (flats["flat3"]["state"], len(flats["flat3"]["attempts"])) == ("failed", 1)
    said = world.cobrex("batch", "show", "one")
    assert "next-best round 2: toy_science HR 100" in said
    # the same question again makes nothing; a crash is tried again by a new command, once
    again = json.loads(world.cobrex(*SCIENCE, "--dry-run", "--json"))
    assert {p["state"] for p in again["processes"]} == {"done"}
    assert again["stale"][0]["better"] != science["key"]


def test_without_a_next_best_the_batch_fails_and_says_why(world: World) -> None:
    world.frame("flat1", "FLAT", hour=12, LEVEL=99.0)
    world.cobrex("import", str(world.data))
    said = world.cobrex(*SCIENCE, "--name", "none", code=6)
    assert "gap       toy_science HR 100" in said
    batch = json.loads(world.cobrex("batch", "show", "none", "--json"))
    assert batch["state"] == "failed"
    assert [(c["round"], c["what"]) for c in batch["changes"]] == [(2, "gap")]
    assert [g["recipe"] for g in batch["gaps"]] == ["toy_science"]
    _reused_though_it_failed(world)


def _reused_though_it_failed(world: World) -> None:
    """What is asked for and was made before, but failed its QC, is a failure to all who tell."""
    world.frame("flat2", "FLAT", day=20)
    world.cobrex("import", str(world.data))
    flats = ("reduce", "--frame", "TOY_FLAT_RAW", "-j", "2")
    assert "1 to make, 1 done already" in world.cobrex(*flats, "--name", "two", code=6)
    assert "two failed: 2/2" in world.cobrex("batch", "watch", "two", code=6)
    assert "nothing to do" in world.cobrex(*flats, code=6)
    # stopped at its very end: the state follows the facts, and stays
    with closing(sqlite3.connect(world.home / "store" / "catalogue.sqlite")) as rows, rows:
        rows.execute("UPDATE batch SET state = 'interrupted' WHERE name = 'two'")
    assert "two: failed" in world.cobrex("batch", "retry", "two", code=6)
    said = world.cobrex("batch", "retry", "two", code=6)
    assert "batch two is failed: nothing is left to make" in said
    shown = json.loads(world.cobrex("batch", "show", "two", "--json"))
    assert [m["state"] for m in shown["members"]] == ["reused", "done"]


def test_tighter_ranges_judge_again_and_put_out_of_use(world: World) -> None:
    world.frame("flat2", "FLAT", hour=2, LEVEL=40.0)
    world.cobrex("import", str(world.data))
    world.cobrex(*SCIENCE)
    listed = processes(world)
    before, flat2 = of_frame(world, "sci1", listed), of_frame(world, "flat2", listed)
    path = world.folder / "recipes" / "toy_flat" / "recipe.yaml"
    path.write_text(path.read_text().replace('"1.0.0"', '"1.0.1"').replace("50.0]", "30.0]"))
    world.cobrex("recipe", "publish", str(path.parent))
    judged = json.loads(world.cobrex("qc", "judge", "--recipe", "toy_flat", "--json"))
    assert judged["judged"] == [
        {"key": flat2["key"], "recipe": "main/toy_flat", "before": "pass", "after": "fail"}
    ]
    assert judged["withdrawn"] == [before["key"]]
    now = json.loads(world.cobrex("process", "show", flat2["key"], "--json"))
    (attempt,) = now["attempts"]
    (metric,) = attempt["metrics"]
    assert (metric["value"], metric["high"], metric["verdict"]) == (40.0, 30.0, "fail")
    assert (now["verdict"], attempt["invalidated_at"]) == ("fail", None)
    assert attempt["ranges_hash"] != flat2["attempts"][0]["ranges_hash"]
    gone = json.loads(world.cobrex("process", "show", before["key"], "--json"))
    assert gone["state"] == "planned"
    assert gone["attempts"][0]["invalidated_at"]
    assert json.loads(world.cobrex("find", "--frame", "TOY_SCIENCE", "--json")) == []
    plan = json.loads(world.cobrex(*SCIENCE, "--dry-run", "--json"))
    assert [p["state"] for p in plan["processes"]] == ["make", "make"]
    assert before["key"] not in {p["key"] for p in plan["processes"]}
    assert json.loads(world.cobrex("qc", "judge", "--json"))["judged"] == []


def test_two_at_once_of_whom_one_is_killed_between_rounds(world: World) -> None:
    gate = world.folder / "gate"
    world.frame("flat2", "FLAT", hour=2, LEVEL=99.0, UNTIL=str(gate))
    world.cobrex("import", str(world.data))
    batches = world.home / "store" / "batches"
    drivers = {}
    for name in ("first", "second"):
        drivers[name] = world.start(*SCIENCE, "--name", name)
        _wait((batches / name / "driver.json").exists)
    _wait((batches / "first" / "plan-1.sqlite").exists)
    gate.touch()
    _wait((batches / "first" / "plan-2.sqlite").exists)
    drivers["first"].kill()
    drivers["first"].communicate()
    # the other one waited for what failed: it plans without it, and takes the claims of the dead
    said, _ = drivers["second"].communicate(timeout=300)
    assert drivers["second"].returncode == 0, said
    states = {b["name"]: b["state"] for b in json.loads(world.cobrex("batch", "list", "--json"))}
    assert states["second"] == "done"
    assert "nothing to do" in world.cobrex(*SCIENCE)
    listed = processes(world)
    science, bad = of_frame(world, "sci1", listed), of_frame(world, "flat2", listed)
    for process in (science, bad, of_frame(world, "flat1", listed)):
        assert [a["outcome"] for a in process["attempts"]].count("done") == 1
    used = [u["key"] for u in science["attempts"][0]["record"]["used"]]
    assert bad["key"] not in used


def _wait(condition) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
