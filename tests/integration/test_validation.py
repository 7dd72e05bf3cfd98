"""What people say of products: queue, reasons, rejection, acceptance, waiting for a word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from toy_world import World, build

SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2")
pytestmark = pytest.mark.slow


def processes(world: World, recipe: str) -> dict[str, dict]:
    listed = json.loads(world.cobrex("process", "list", "--recipe", recipe, "--json"))
    return {p["key"]: p for p in listed}


def test_people_decide(tmp_path: Path) -> None:
    world = build(tmp_path / "w")
    for n, level in enumerate((1.0, 1.1, 0.9, 30.0, 1.2)):
        world.frame(f"flat{n}", "FLAT", hour=12 + n, LEVEL=level)
    world.frame("sci1", "HR 100", hour=10)
    world.cobrex("import", str(world.data))
    wait = (*SCIENCE, "--require-validation", "--night", "2020-03-06")
    # the nearest flat is made, what needs it waits for a person
    said = world.cobrex(*wait, "--name", "held", code=5)
    (flat,) = processes(world, "toy_flat")
    assert f"cobrex validate accept {flat[:8]}" in said
    assert processes(world, "toy_science") == {}
    batch = json.loads(world.cobrex("batch", "show", "held", "--json"))
    assert [c["what"] for c in batch["changes"]] == ["held"]
    world.cobrex("validate", "accept", flat[:8])
    world.cobrex(*wait)
    (science,) = processes(world, "toy_science")
    # the oddest of its peers comes first; what was accepted is not in the queue
    world.cobrex("reduce", "--frame", "TOY_FLAT_RAW")
    queue = json.loads(world.cobrex("validate", "list", "--recipe", "toy_flat", "--json"))
    assert len(queue) == 4
    assert (queue[0]["value"], queue[0]["median"]) == (30.0, 1.1)
    # MAD of 1 1.1 0.9 30 1.2 around 1.1 is 0.1
    assert queue[0]["off"] == pytest.approx((30 - 1.1) / (1.4826 * 0.1), abs=0.01)
    assert queue[1]["off"] < queue[0]["off"]
    # a rejection wants a reason, and takes out of use what was made from it
    assert "wants its reason" in world.cobrex("validate", "reject", flat, code=2)
    rejected = json.loads(
        world.cobrex("validate", "reject", flat, queue[0]["key"], "--why", "ghost", "--json")
    )
    assert [r["withdrawn"] for r in rejected] == [[science], []]
    assert {r["user"] for r in rejected} == {"ada"}
    assert processes(world, "toy_science")[science]["state"] == "planned"
    assert "its products are out of use" in world.cobrex("process", "show", science)
    assert json.loads(world.cobrex("find", "--frame", "TOY_SCIENCE", "--json")) == []
    shown = world.cobrex("process", "show", flat)
    assert "verdict fail" in shown
    assert "rejected  attempt 1, by ada" in shown and "ghost" in shown
    assert [a["accepted"] for a in json.loads(
        world.cobrex("validate", "show", flat, "--json"))["said"]] == [False, True]  # fmt: skip
    assert "no products" in world.cobrex("validate", "accept", science, code=4)
    # all that follows uses the next best
    plan = json.loads(world.cobrex(*SCIENCE, "--dry-run", "--json"))
    assert "was rejected by a person" in plan["changes"][0]["message"]
    makers = {i["producer"] for p in plan["processes"] for i in p["inputs"]} - {None}
    assert len(makers) == 1
    assert makers.isdisjoint({flat, queue[0]["key"]})
    # taken back, what was made from it can be planned again
    world.cobrex("validate", "accept", flat, "--why", "the ghost was\non my screen")
    assert "the ghost was on my screen" in world.cobrex("validate", "show", flat)
    plan = json.loads(world.cobrex(*SCIENCE, "--dry-run", "--json"))
    assert {p["key"]: p["state"] for p in plan["processes"]} == {flat: "done", science: "make"}
    assert plan["changes"] == []
