"""`cobrex why`: what was looked at, what was taken, what there is since; by the plan's rules."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from toy_world import INSTRUMENT, World, build

LADDER = """\
levels:
  daily: [{window_days: [-1, 1]}, {window_days: [-3, 3], warn: true}]
"""


def roles(world: World, *words: str) -> dict:
    return json.loads(world.cobrex("why", *words, "--json"))["inputs"]


def reduced(folder: Path) -> tuple[World, str]:
    """A world with one science process made, and its key."""
    world = build(folder)
    text = INSTRUMENT.replace("window_days: [-2, 2]", "levels: daily")
    (world.home / "instruments" / "toycam.yaml").write_text(LADDER + text, encoding="utf-8")
    world.frame("flat1", "FLAT", day=5, hour=3)
    world.frame("flat2", "FLAT", day=6, hour=22)
    world.frame("flat3", "FLAT", day=7, hour=20)
    world.frame("other", "FLAT", FILTER="H")
    world.frame("late", "FLAT", day=10, hour=20)
    world.frame("broken", "FLAT", hour=4, BROKEN=True)
    world.frame("sci1", "HR 100")
    world.cobrex("import", str(world.data))
    world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2")  # broken, then the next best
    listed = json.loads(world.cobrex("process", "list", "--recipe", "toy_science", "--json"))
    return world, next(p["key"] for p in listed if p["state"] == "done")


@pytest.mark.slow
def test_why_tells_every_candidate_and_what_came_since(tmp_path):
    world, key = reduced(tmp_path / "w")
    said = world.cobrex("why", key[:8])
    assert f"process   {key}" in said
    assert "toy_science of toycam/1.0.0" in said
    assert "agrees" in said
    flats = roles(world, key[:8], "--input", "flat")["flat"]["considered"]
    by_name = {one["name"].split()[2].removesuffix(".fits:"): one for one in flats}
    assert set(by_name) == {"flat1", "flat2", "flat3", "other", "late", "broken"}
    assert [n for n, one in by_name.items() if one["chosen"]] == ["flat2"]
    assert by_name["flat3"]["why"] == "not nearest: 1 is better"
    assert by_name["flat1"]["level"] == 1
    assert "filter is H, K is asked" in by_name["other"]["why"]
    assert "+3.71 d is not within -3 to +3 d" in by_name["late"]["why"]
    assert "cannot be used" in by_name["broken"]["why"]

    world.frame("flat9", "FLAT", hour=2)
    world.cobrex("import", str(world.data))
    then = roles(world, key[:8])["flat"]
    assert [one["name"] for one in then["considered"] if one["chosen"]] == [
        by_name["flat2"]["name"]
    ], "the frames of then decide"
    assert then["newer"] == 1
    assert "flat9" in then["better"]["name"]
    assert "1 newer candidate; better one: flat of flat9" in world.cobrex("why", key[:8])

    frames = json.loads(world.cobrex("find", "--product", "--json"))
    product = next(f for f in frames if f["frame_type"] == "TOY_SCIENCE")
    by_frame = json.loads(world.cobrex("why", str(product["frame_id"]), "--json"))
    by_content = json.loads(world.cobrex("why", product["content_id"], "--json"))
    assert by_frame["key"] == by_content["key"] == key

    # rules changed since do not matter: the plan's hold
    (world.home / "instruments" / "toycam.yaml").write_text(INSTRUMENT, encoding="utf-8")
    assert roles(world, key[:8])["flat"]["considered"][0]["level"] == 0

    assert "its inputs are raw, flat" in world.cobrex("why", key[:8], "--input", "flt", code=2)
    assert "no process and no product" in world.cobrex("why", "nothing", code=4)
    raw = next(f for f in json.loads(world.cobrex("find", "--raw", "--json")))
    assert "made by no process" in world.cobrex("why", str(raw["frame_id"]), code=4)


@pytest.mark.slow
def test_why_tells_nothing_of_another_workspace_nor_of_a_damaged_plan(tmp_path, monkeypatch):
    world = build(tmp_path / "w")
    world.frame("flat1", "FLAT", hour=2)
    world.frame("sci1", "HR 100")
    world.cobrex("import", str(world.data))
    world.cobrex("workspace", "new", "secret")
    monkeypatch.setenv("COBREX_WORKSPACE", "secret")
    world.frame("hidden", "FLAT", day=8)
    world.cobrex("import", str(world.data))
    world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2", "--name", "mole")
    monkeypatch.delenv("COBREX_WORKSPACE")
    world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW")  # done: it belongs to both from now on
    listed = json.loads(world.cobrex("process", "list", "--recipe", "toy_science", "--json"))
    (key,) = [p["key"] for p in listed]
    assert "hidden" in world.cobrex("why", key)
    bob = {**world.environment(), "COBREX_USER": "bob"}
    monkeypatch.setattr(world, "environment", lambda: bob)
    assert key in world.cobrex("process", "show", key)
    said = world.cobrex("why", key, code=5)
    assert "is in no plan that you may see" in said
    assert "mole" not in said
    assert "hidden" not in said

    monkeypatch.undo()
    plan = world.home / "store" / "batches" / "mole" / "plan-1.sqlite"
    plan.chmod(0o644)
    for change in (
        "UPDATE process SET signature = '[1, 2]'",
        "UPDATE meta SET value = '[]' WHERE name = 'scope'",
        "DROP TABLE input",
    ):
        with closing(sqlite3.connect(plan)) as db, db:
            db.execute(change)
        assert "or is damaged" in world.cobrex("why", key, code=5)
