"""Cascades: what a missing, failed or shared producer does to those above it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from toy_world import INSTRUMENT, World, build

SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2")
ALONE = """\
  toy_alone:
    recipe: toy_science@^1
    main: {frame_type: TOY_SCIENCE_RAW, group_by: [frame]}
    inputs:
      flat: {from: toy_flat.flat, match: [filter], window_days: [-2, 2]}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    build(folder)
    return folder


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    shutil.copytree(template, tmp_path / "w", symlinks=True)
    world = World(tmp_path / "w")
    world.frame("flat1", "FLAT", hour=12)
    world.frame("sci1", "HR 100", hour=3)
    world.frame("sci2", "HR 100", hour=4)
    world.frame("eri1", "51 Eri", hour=5)
    return world


def plan(world: World, *words: str) -> dict[str, list[str]]:
    """State of each process of a plan, by recipe."""
    found = json.loads(world.cobrex(*words, "--dry-run", "--json"))
    assert found["gaps"] == []
    states: dict[str, list[str]] = {}
    for process in found["processes"]:
        states.setdefault(process["recipe"], []).append(process["state"])
    return states


def states(world: World) -> set[tuple[str, str]]:
    listed = json.loads(world.cobrex("process", "list", "--json"))
    return {(p["recipe"], p["state"]) for p in listed}


def test_calibration_and_science_asked_for_at_once(world):
    world.frame("flat2", "FLAT", hour=13, LEVEL=99.0)
    world.frame("sci9", "HR 100", hour=14, day=8)
    world.cobrex("import", str(world.data))
    both = (*SCIENCE, "--frame", "TOY_FLAT_RAW")
    assert plan(world, *both) == {"main/toy_flat": ["make"] * 2, "main/toy_science": ["make"] * 3}
    world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", code=6)
    # the flat that failed is asked for, but nothing is made from it
    world.cobrex(*both, code=6)
    assert states(world) == {("main/toy_flat", "done"), ("main/toy_science", "done")}


def test_a_calibration_that_is_gone_is_made_only_when_something_needs_it(world):
    world.cobrex("import", str(world.data))
    world.cobrex(*SCIENCE)
    flat = next((world.home / "store/processes/main/toy_flat").rglob("out.fits"))
    flat.unlink()
    assert "nothing to do" in world.cobrex(*SCIENCE)
    world.frame("bet1", "HD 95086", hour=6)
    world.cobrex("import", str(world.data))
    # a new flat puts out of use what was made from the old one: all that is asked for is made
    assert plan(world, *SCIENCE) == {"main/toy_flat": ["make"], "main/toy_science": ["make"] * 3}
    world.cobrex(*SCIENCE)
    assert states(world) == {("main/toy_flat", "done"), ("main/toy_science", "done")}
    assert "nothing to do" in world.cobrex(*SCIENCE)


def test_two_rules_may_use_the_same_recipe_version(world):
    file = world.home / "instruments" / "toycam.yaml"
    file.write_text(INSTRUMENT + ALONE, encoding="utf-8")
    world.cobrex("import", str(world.data))
    world.cobrex(*SCIENCE)
    made = json.loads(world.cobrex("process", "list", "--json"))
    assert sum(p["recipe"] == "main/toy_science" for p in made) == 4
    assert {p["state"] for p in made} == {"done"}


def test_a_product_from_elsewhere_serves(world):
    world.frame("flat1", "FLAT", hour=12, FILTER="H")
    sent = world.frame("sent", "FLAT", hour=11)
    from astropy.io import fits

    fits.setval(sent, "HIERARCH ESO PRO CATG", value="TOY_FLAT")
    world.cobrex("import", str(world.data))
    assert plan(world, *SCIENCE) == {"main/toy_science": ["make"] * 2}


def test_a_later_failed_attempt_is_not_the_one_a_batch_reused(world):
    world.cobrex("import", str(world.data))
    world.cobrex(*SCIENCE, "--star", "51 Eri", "--name", "one")
    key = next(
        p["key"] for p in json.loads(world.cobrex("process", "list", "--json")) if not p["star"]
    )
    driver = world.start("reduce", "--frame", "TOY_FLAT_RAW", "--force", "--name", "again")
    while not (world.home / "store/batches/again/command.txt").exists():
        assert driver.poll() is None
        time.sleep(0.02)
    # gone between plan and process: that process fails and says why
    (world.data / "flat1.fits").unlink()
    driver.communicate(timeout=240)
    assert driver.returncode == 6
    members = json.loads(world.cobrex("batch", "show", "one", "--json"))["members"]
    flat = next(m for m in members if m["key"] == key)
    assert (flat["attempt"], flat["reason"]) == (1, "")
    members = json.loads(world.cobrex("batch", "show", "again", "--json"))["members"]
    assert [(m["attempt"], m["reason"]) for m in members] == [(2, "input-missing")]


def test_a_batch_without_a_name_never_meets_a_taken_one(world):
    world.cobrex("import", str(world.data))
    world.cobrex(*SCIENCE, "--star", "51 Eri")
    # the catalogue knows the name, this store has no folder of it
    shutil.rmtree(world.home / "store/batches")
    world.cobrex(*SCIENCE, "--star", "51 Eri", "--force")
    names = [b["name"] for b in json.loads(world.cobrex("batch", "list", "--json"))]
    assert len(names) == 2
    assert {n.rpartition("-")[2] for n in names} == {"1", "2"}
