"""What stands is used until somebody asks for better; --from; what better inputs leave behind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from toy_world import World, build

SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("template")).folder


def plan(world: World, *words: str, code: int = 0) -> dict:
    return json.loads(world.cobrex(*SCIENCE, *words, "--dry-run", "--json", code=code))


def standings(world: World, batch: str) -> dict[str, str]:
    members = json.loads(world.cobrex("batch", "show", batch, "--json"))["members"]
    return {m["recipe"]: m.get("standing", "") for m in members}


def test_a_better_calibration_makes_stale_and_refresh_makes_anew(
    template: Path, tmp_path: Path
) -> None:
    world = World(Path(shutil.copytree(template, tmp_path / "w", symlinks=True)))
    world.frame("flat1", "FLAT", hour=12)
    world.frame("sci1", "HR 100", hour=3)
    world.cobrex("import", str(world.data))
    # a start in the middle makes nothing before it
    lacking = plan(world, "--from", "toy_science", code=5)
    assert "step toy_flat is not made" in lacking["gaps"][0]["message"]
    assert "no step" in world.cobrex(*SCIENCE, "--from", "toy_scence", code=2)
    world.cobrex(*SCIENCE, "--name", "one")
    old = plan(world, "--from", "toy_science")["processes"]
    assert standings(world, "one") == {"main/toy_flat": "current", "main/toy_science": "current"}
    world.frame("flat2", "FLAT", hour=4)
    world.frame("eri1", "51 Eri", hour=5)
    world.cobrex("import", str(world.data))
    # rules that are tried write nothing down
    world.cobrex("rules", "test")
    assert standings(world, "one")["main/toy_science"] == "current"
    # what stands is used, a new star gets the better flat
    said = world.cobrex(*SCIENCE, "--name", "two")
    assert "2 to make, 1 done already" in said
    assert "--refresh makes them anew" in said
    (stale,) = plan(world)["stale"]
    assert stale["key"] in {p["key"] for p in old}
    (differs,) = stale["differs"]
    assert differs.startswith("flat: ") and "+0.38 d" in differs and "+0.04 d" in differs
    assert standings(world, "one") == {"main/toy_flat": "current", "main/toy_science": "stale"}
    assert "better inputs: flat" in world.cobrex("batch", "show", "one")
    world.cobrex(*SCIENCE, "--refresh", "--name", "three")
    assert standings(world, "one")["main/toy_science"] == "superseded"
    assert standings(world, "three") == {"main/toy_flat": "current", "main/toy_science": "current"}
    found = json.loads(world.cobrex("find", "--frame", "TOY_SCIENCE", "--current", "--json"))
    assert len(found) == 2
    # superseded is not invalid: it can be looked at, and nothing more is to do
    shown = json.loads(world.cobrex("process", "show", stale["key"], "--json"))
    assert (shown["state"], shown["attempts"][0]["invalidated_at"]) == ("done", None)
    assert plan(world)["stale"] == []
    # rejected, the better one makes room for what stood before
    world.cobrex("validate", "reject", stale["better"], "--why", "a cloud")
    back = plan(world)
    assert stale["key"] in {p["key"] for p in back["processes"] if p["state"] == "done"}
    assert standings(world, "one")["main/toy_science"] == "current"
