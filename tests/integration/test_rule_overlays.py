"""What a workflow, a preset and a request lay over the rules, and who wins; where a plan stops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from toy_world import World, build

pytestmark = pytest.mark.slow
SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW")
PRESET = """
schema: preset/1
name: near
version: "1.0.0"
for: toy_science@^1
title: Flats of the same day
parameters: {level: 2.0}
inputs: {flat: {window_days: [-1, 1]}}
"""
WORKFLOW = """
schema: workflow/1
name: toys
version: "1.0.0"
steps:
  toy_flat: {}
  toy_science: {inputs: {flat: {window_days: [-1, 1]}}}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build(tmp_path_factory.mktemp("overlays") / "w")
    world.frame("flat", "FLAT", day=6, hour=12)
    world.frame("sci", "HR 100", day=8, hour=3)
    world.cobrex("import", str(world.data))
    for name, text in (("near.yaml", PRESET), ("toys.yaml", WORKFLOW)):
        Path(world.folder, name).write_text(text, encoding="utf-8")
    world.cobrex("preset", "publish", str(world.folder / "near.yaml"))
    return world


def planned(world: World, *words: str, code: int = 0) -> list[str]:
    """Recipes of a plan; what is missing is an exit code."""
    said: dict[str, Any] = json.loads(world.cobrex(*words, "--dry-run", "--json", code=code))
    assert bool(said["gaps"]) == (code == 5)
    return [p["recipe"] for p in said["processes"]]


BOTH = ["main/toy_flat", "main/toy_science"]


def test_a_preset_lays_its_inputs_over_the_rule_and_a_person_over_both(world: World) -> None:
    assert planned(world, *SCIENCE) == BOTH
    assert planned(world, *SCIENCE, "--preset", "near", code=5) == []
    wide = ("--rule", "toy_science.inputs.flat.window_days=[-2, 2]")
    assert planned(world, *SCIENCE, "--preset", "near", *wide) == BOTH
    tight = ("--rule", "toy_science.inputs.flat.window_days=[-1, 1]")
    assert planned(world, *SCIENCE, *tight, code=5) == []


def test_a_workflow_changes_rules_for_itself_and_stops_where_it_is_told(world: World) -> None:
    toys = ("reduce", "--workflow", str(world.folder / "toys.yaml"))
    assert planned(world, *toys, code=5) == []
    assert planned(world, *toys, "--until", "toy_flat") == BOTH[:1]
    said = world.cobrex(*toys, "--until", "toy_flot", code=2)
    assert "did you mean toy_flat" in said
    assert planned(world, *SCIENCE) == BOTH


def test_a_preset_reaches_what_was_made_with_it(world: World) -> None:
    wide = ("--rule", "toy_science.inputs.flat.window_days=[-2, 2]")
    world.cobrex(*SCIENCE, "--preset", "near", *wide)
    world.cobrex(*SCIENCE)
    said = json.loads(world.cobrex("impact", "toy_science/near", "--json"))
    assert [p["frame_type"] for p in said["processes"]] == ["TOY_SCIENCE"]
    made = json.loads(world.cobrex("process", "list", "--recipe", "toy_science", "--json"))
    assert [p["key"] for p in made if p["preset"] == "near"] == [said["processes"][0]["key"]]


def test_a_preset_for_an_input_the_recipe_does_not_have_is_refused(world: World) -> None:
    path = world.folder / "wrong.yaml"
    path.write_text(PRESET.replace("{flat:", "{flot:").replace("near", "wrong"), encoding="utf-8")
    said = world.cobrex("preset", "publish", str(path), code=3)
    assert "toy_science has no input 'flot'" in said
    assert "flat" in said.split("hint:")[1]
