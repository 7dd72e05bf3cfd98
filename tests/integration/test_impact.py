"""What a change reaches: downstream, by star and type, with its cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from toy_world import World, build


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build(tmp_path_factory.mktemp("impact") / "w")
    world.frame("FLAT1", "FLAT")
    world.frame("FLAT2", "FLAT", FILTER="H")
    world.frame("SCI1", "HD 39060")
    world.frame("SCI2", "HD 2262", FILTER="H")
    world.cobrex("import", str(world.data))
    world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW")
    return world


def reached(world: World, *words: str) -> list[tuple[str, bool]]:
    said = json.loads(world.cobrex("impact", *words, "--json"))
    assert said["cpu_s"] > 0 or not said["processes"]
    return sorted((p["frame_type"], p["direct"]) for p in said["processes"])


def test_a_frame_reaches_what_was_made_from_it_and_no_more(world: World) -> None:
    assert reached(world, "FLAT1.fits") == [("TOY_FLAT", True), ("TOY_SCIENCE", False)]
    assert reached(world, "SCI2.fits") == [("TOY_SCIENCE", True)]


def test_a_rule_reaches_what_it_planned(world: World) -> None:
    flats, science = [("TOY_FLAT", True)] * 2, [("TOY_SCIENCE", False)] * 2
    assert reached(world, "toy_flat") == flats + science
    assert reached(world, "rule:toy_science") == [("TOY_SCIENCE", True)] * 2


def test_a_version_reaches_what_other_code_made(world: World) -> None:
    assert reached(world, "toy_flat@1.0.0") == []
    code = world.folder / "recipes" / "toy_flat" / "toy.py"
    code.write_text(code.read_text() + "\n# corrected\n")
    manifest = code.parent / "recipe.yaml"
    manifest.write_text(manifest.read_text().replace('"1.0.0"', '"1.1.0"'))
    world.cobrex("recipe", "publish", str(code.parent))
    found = reached(world, "toy_flat@1.1.0")
    assert found == [("TOY_FLAT", True)] * 2 + [("TOY_SCIENCE", False)] * 2


def test_marked_series_are_stale(world: World) -> None:
    said = world.cobrex("impact", "frame:FLAT2.fits", "--mark")
    assert "2 series marked stale" in said
    assert "TOY_SCIENCE" in said


def test_what_is_nothing_is_told(world: World) -> None:
    assert "recipe, a frame, a rule or a preset" in world.cobrex("impact", "nonsense", code=2)
    assert "no frame is called" in world.cobrex("impact", "frame:NO.fits", code=4)
    assert Path(world.data, "FLAT1.fits").exists()
