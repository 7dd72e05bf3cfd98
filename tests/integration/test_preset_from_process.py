"""A preset saved from a process is a first-class one: the next user's run is the same process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from toy_world import World, build


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = build(tmp_path)
    world.frame("flat", "FLAT", OBJECT="FLAT")
    world.cobrex("import", str(world.data))
    return world


def test_a_preset_from_a_process(world: World) -> None:
    reduce = ("reduce", "--frame", "TOY_FLAT_RAW")
    world.cobrex(*reduce, "--set", "level=7", "--set", "label=no: such # thing")
    (made,) = json.loads(world.cobrex("process", "list", "--json"))
    said = world.cobrex("preset", "save", "bright", "--from", made["key"][:8], "--title", "Bright")
    assert "level=7.0" in said
    (listed,) = json.loads(world.cobrex("preset", "list", "toy_flat", "--json"))
    assert (listed["preset"], listed["version"], listed["title"]) == ("bright", "1.0.0", "Bright")
    world.cobrex(*reduce, "--preset", "bright")
    assert [one["key"] for one in json.loads(world.cobrex("process", "list", "--json"))] == [
        made["key"]
    ]

    again = world.cobrex("preset", "save", "bright", "--from", made["key"])
    assert "says that already" in again
    world.cobrex("preset", "save", "bright", "--from", made["key"], "--set", "level=8")
    diff = ("preset", "diff", "toy_flat", "bright@1.0.0", "bright")
    found = json.loads(world.cobrex(*diff, "--json"))
    assert found["second"] == {"preset": "bright", "version": "1.1.0"}
    assert found["parameters"] == {"level": {"first": 7.0, "second": 8.0, "default": 1.0}}
    assert "bright@1.1.0" in world.cobrex(*diff)
    assert "same values" in world.cobrex("preset", "diff", "toy_flat", "bright", "bright")


def test_mistakes(world: World) -> None:
    save = ("preset", "save", "x")
    assert "--from" in world.cobrex(*save, code=2)
    assert "--from" in world.cobrex(*save, "--from", "abcd", "--recipe", "toy_flat", code=2)
    world.cobrex(*save, "--from", "abcd", code=4)
    world.cobrex(*save, "--recipe", "toy_flot", code=3)
    world.cobrex(*save, "--recipe", "toy_flat", "--set", "level=-1", code=3)
    world.cobrex("preset", "save", "../x", "--recipe", "toy_flat", code=3)
    folder = world.folder / "presets"
    world.cobrex(*save, "--recipe", "toy_flat", "--set", "level=2", "--folder", str(folder))
    assert json.loads(world.cobrex("preset", "list", "--json")) == [] or all(
        one["preset"] != "x" for one in json.loads(world.cobrex("preset", "list", "--json"))
    )
    world.cobrex("preset", "publish", str(folder / "x.yaml"))
    assert "x" in world.cobrex("preset", "show", "toy_flat", "x")
