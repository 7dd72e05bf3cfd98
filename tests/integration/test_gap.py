"""What is lacking is told once, for whom, with the archive's query."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from toy_world import World, build


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = build(tmp_path / "w")
    world.frame("SCI1", "HD 39060", FILTER="H")
    world.frame("SCI2", "HD 2262", FILTER="H", day=8)
    world.frame("SCI3", "HD 2262", FILTER="K")
    world.frame("FLAT1", "FLAT", FILTER="K")
    world.cobrex("import", str(world.data))
    return world


def test_a_lack_is_told_once_for_all_and_ends_when_it_is_imported(world: World) -> None:
    said = json.loads(world.cobrex("gap", "--frame", "TOY_SCIENCE_RAW", "--json", code=5))
    (lack,) = said["lacking"]
    assert (lack["frame_types"], lack["conditions"]) == (["TOY_FLAT_RAW"], {"filter": "H"})
    assert (lack["needed"], lack["processes"], lack["roles"]) == (True, 2, ["toy_science.flat"])
    assert lack["observed"] == ["2020-03-06", "2020-03-07"]
    assert lack["nights"] == ["2020-03-04", "2020-03-09"]
    assert "instrument IN ('TOYCAM')" in lack["adql"]
    assert "exp_start < '2020-03-10T12:00:00'" in lack["adql"]
    assert lack["adql"].endswith("-- of these: filter = H")
    world.frame("FLAT2", "FLAT", FILTER="H")
    world.cobrex("import", str(world.data))
    assert "nothing is lacking" in world.cobrex("gap", "--frame", "TOY_SCIENCE_RAW")


def test_what_a_header_says_cannot_change_the_query(world: World) -> None:
    world.frame("SCI4", "HD 2262", FILTER="x' OR '1'='1", day=9)
    world.cobrex("import", str(world.data))
    said = world.cobrex("gap", "--frame", "TOY_SCIENCE_RAW", "--night", "2020-03-08", code=5)
    (line,) = [one for one in said.splitlines() if "OR '1'" in one and "ADQL" not in one][-1:]
    assert line.strip().startswith("--")
