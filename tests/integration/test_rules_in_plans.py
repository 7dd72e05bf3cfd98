"""Rules as a request plans by them: verdicts of what was made, parameters, kept choices."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from toy_world import INSTRUMENT, World, build

RULE = "flat: {from: toy_flat.flat, match: [filter], window_days: [-2, 2], verdict: [pass]}"


def planned(world: World) -> dict:
    """The plan of the science frames, by recipe."""
    found = json.loads(world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW", "--dry-run", "--json"))
    assert found["gaps"] == []
    return {p["recipe"]: p for p in found["processes"]}


@pytest.mark.slow
def test_what_was_judged_worse_than_a_rule_allows_is_planned_without(tmp_path: Path):
    world = build(tmp_path / "w")
    file = world.home / "instruments" / "toycam.yaml"
    flat = world.folder / "recipes" / "toy_flat"
    text = (flat / "recipe.yaml").read_text(encoding="utf-8")
    warns = text.replace("action: fail", "action: warn").replace('"1.0.0"', '"1.1.0"')
    (flat / "recipe.yaml").write_text(warns, encoding="utf-8")
    world.cobrex("recipe", "publish", str(flat))
    world.frame("flat1", "FLAT", hour=4, LEVEL=60.0)
    world.frame("flat2", "FLAT", hour=12)
    world.frame("sci1", "HR 100")
    world.cobrex("import", str(world.data))
    world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", "-j", "2")
    assert "flat1" in planned(world)["main/toy_flat"]["labels"]["main"]
    bound = "toy_science:\n    parameters: {label: {column: filter}}"
    changed = INSTRUMENT.replace(
        "flat: {from: toy_flat.flat, match: [filter], window_days: [-2, 2]}", RULE
    )
    file.write_text(changed.replace("toy_science:", bound), encoding="utf-8")
    again = planned(world)
    assert "flat2" in again["main/toy_flat"]["labels"]["main"]
    assert again["main/toy_science"]["parameters"]["label"] == "K"

    world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2", "--name", "kept")
    path = world.home / "store" / "batches" / "kept" / "plan-1.sqlite"
    with closing(sqlite3.connect(path)) as db:
        meta = {k: json.loads(v) for k, v in db.execute("SELECT name, value FROM meta")}
        levels = db.execute("SELECT role, level, round(delta_d, 3), source FROM input").fetchall()
    assert {"rules", "horizon", "excluded", "scope", "request"} <= meta.keys()
    assert meta["horizon"] >= 3
    assert ("flat", 0, 0.375, "toy_flat.flat") in levels
    assert meta["rules"]["toy_science"]["rules"] == "toycam/1.0.0"
