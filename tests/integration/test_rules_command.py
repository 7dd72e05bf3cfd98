"""Rules and workflows at the command line: looked at, shown, tried, published, used by version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from toy_world import INSTRUMENT, World, build

from cobrex import settings
from cobrex.registry import open_registry
from cobrex.rules import book
from cobrex_registry.errors import RegistryError
from cobrex_registry.locks.lock import Entry, Lock

WORKFLOW = """\
schema: workflow/1
name: toys
version: "1.0.0"
title: Toys from raw frames on
steps:
  toy_flat: {}
  toy_science: {inputs: {flat: {window_days: [-3, 3]}}}
goals: [toy_science]
"""
WRONG = """\
schema: instrument/1
name: TOYCAM
version: "1.0.0"
match: {INSTRUME: TOYCAM}
columns:
  arm: {key: INSTRUME, map: {"*": TOY}}
  filter: FILTER
types:
  TOY_FLAT_RAW: {description: "flat", when: {filter: {glob: "*"}, object: FLAT}}
  TOY_SCIENCE_RAW: {description: "science", when: {filter: {glob: "*"}}}
associations:
  toy_flat:
    main: {frame_type: TOY_FLAT_RAW, count: {min: 12}}
    parameters:
      levle: {column: dit_s}
    inputs:
      flat: {from: toy_science.science}
  toy_other:
    recipe: toy_flat
    main: {frame_type: TOY_FLAT_RAW}
    preset: carefull
  toy_third:
    recipe: toy_flta@^1
    main: {frame_type: TOY_FLTA_RAW}
  toy_science:
    main: {frame_type: TOY_SCIENCE_RAW, group_by: [star, fliter]}
  toy_fourth:
    recipe: toy_science
    main: {frame_type: TOY_SCIENCE_RAW, where: {object: X}}
    inputs:
      flta: {from: toy_flat.flat}
  toy_fifth:
    recipe: toy_science
    main: {frame_type: TOY_SCIENCE_RAW, where: {object: Y}}
    inputs:
      flat: {from: toy_flat.flta, count: {min: 2}, max_level: 0, level_offset: 1}
  toy_sixth:
    recipe: toy_science
    main: {frame_type: TOY_FLAT_RAW, where: {object: Z}}
    inputs:
      flat: {from: toy_falt.flat, of: dark}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build(tmp_path_factory.mktemp("rules"))
    world.frame("flat1", "FLAT", hour=12)
    world.frame("flat2", "FLAT", hour=12, FILTER="J")
    world.frame("sci1", "HR 100")
    world.frame("sci2", "HR 200", FILTER="H")
    world.frame("sci3", "51 Eri", day=9, FILTER="J")
    world.cobrex("import", str(world.data))
    return world


def write(world: World, name: str, text: str) -> Path:
    path = world.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_ships_is_sound(world: World) -> None:
    said = world.cobrex("rules", "lint")
    assert "nothing is wrong in" in said


def test_all_that_is_wrong_is_told_with_line_and_cure(world: World) -> None:
    path = write(world, "wrong.yaml", WRONG.replace("fliter", "filter"))
    said = json.loads(world.cobrex("rules", "lint", str(path), "--json", code=5))
    told = {one["message"].removeprefix(f"{path}:"): one["hint"] for one in said["problems"]}
    steps = "associations."
    made = f"36: {steps}toy_fifth.inputs.flat"
    wanted = [
        (f"13: {steps}toy_flat.main.count: at least 12 are asked for, toy_flat takes 1 to 9 raw",
         "min: 9"),
        (f"15: {steps}toy_flat.parameters.levle: toy_flat has no parameter 'levle'",
         "did you mean level"),
        (f"17: {steps}toy_flat.inputs.flat: toy_flat has no input 'flat'",
         "its inputs: main ones alone"),
        (f"20: {steps}toy_other.main: toy_flat takes TOY_FLAT_RAW as well: --frame would make both",
         "tell them apart with main.where, or put one into a workflow"),
        (f"21: {steps}toy_other.preset: toy_flat has no preset 'carefull'", "it has none"),
        (f"23: {steps}toy_third.recipe: no recipe 'toy_flta' is published",
         "did you mean toy_flat"),
        (f"24: {steps}toy_third.main.frame_type: no instrument declares a frame type TOY_FLTA_RAW",
         "did you mean TOY_FLAT_RAW"),
        (f"25: {steps}toy_science.inputs: toy_science needs flat (TOY_FLAT), and no rule says "
         "where it comes from", "flat: {frame_type: TOY_FLAT, match: [...]}"),
        (f"30: {steps}toy_fourth.inputs: toy_science needs flat (TOY_FLAT), and no rule says "
         "where it comes from", "flat:"),
        (f"31: {steps}toy_fourth.inputs.flta: toy_science has no input 'flta'",
         "did you mean flat"),
        (f"{made}: toy_flat (toy_flat) makes no 'flta'",
         "did you mean flat"),
        (f"{made}.count: at least 2 are asked for, toy_science takes 1 flat", "min: 1"),
        (f"{made}: max_level 0 lets nothing of toy_flat.flta through: its best level is 1",
         "raise max_level, or leave the source out"),
        (f"39: {steps}toy_sixth.main.frame_type: toy_science does not reduce TOY_FLAT_RAW",
         "it reduces TOY_SCIENCE_RAW"),
        (f"41: {steps}toy_sixth.inputs.flat: no association is called 'toy_falt'",
         "did you mean toy_flat"),
        (f"41: {steps}toy_sixth.inputs.flat: of 'dark': it has no such other input", ""),
    ]  # fmt: skip
    assert set(told) == {message for message, _ in wanted}
    assert [message for message, cure in wanted if not told[message].startswith(cure)] == []


def test_a_circle_is_named_and_a_word_that_is_no_column(world: World) -> None:
    circle = INSTRUMENT + "  toy_third: {recipe: toy_science, main: {from: toy_third.science}}\n"
    said = world.cobrex("rules", "lint", str(write(world, "circle.yaml", circle)), code=5)
    assert "associations.toy_third: a circle: toy_third <- toy_third; nothing of it" in said
    text = INSTRUMENT.replace("group_by: [star,", "group_by: [stra,")
    said = world.cobrex("rules", "lint", str(write(world, "column.yaml", text)), code=5)
    assert "no instrument has a column 'stra'" in said
    assert "cure: did you mean star" in said


def test_a_wrong_change_for_once_is_the_commands_fault(world: World) -> None:
    ask = ("reduce", "--frame", "TOY_SCIENCE_RAW", "--dry-run", "--rule")
    said = world.cobrex(*ask, "toy_science.inputs.flta.max_level=0", code=2)
    assert "toy_science has no input 'flta'" in said
    assert "did you mean flat?" in said
    said = world.cobrex(*ask, "toy_science.inputs.flat.max_level=low", code=2)
    assert "inputs.flat.max_level: is 'low'" in said


def test_what_is_wrong_with_an_instrument_is_not_told_of_workflows(world: World) -> None:
    instrument = write(
        world, "odd.yaml", INSTRUMENT.replace("group_by: [star,", "group_by: [stra,")
    )
    steps = "schema: workflow/1\nname: odd\nversion: 1.0.0\nsteps: {toy_science: {}}\n"
    workflow = write(world, "odd_steps.yaml", steps + "goals: [toy_science]\n")
    said = json.loads(
        world.cobrex("rules", "lint", str(instrument), str(workflow), "--json", code=5)
    )
    assert all("'stra'" in one["message"] for one in said["problems"])
    assert f"{workflow}: looked at when the instrument files are right" in said["notes"]


def test_rules_in_words(world: World) -> None:
    assert "toy_science" in world.cobrex("rules", "show")
    said = world.cobrex("rules", "show", "toy_science")
    assert "flat of toy_flat: the nearest, same filter, within 2 d" in said
    said = world.cobrex("rules", "show", "irdis_rdi")
    assert "ird_rdi_reduce" in said
    assert "another star" in said
    assert "level 3: within 90 d, nd may differ, with a warning" in said
    said = world.cobrex("rules", "show", "toy_sciense", code=2)
    assert "no rule and no workflow is called 'toy_sciense'" in said
    assert "did you mean toy_science?" in said
    assert "did you mean irdis_dbi" in world.cobrex("workflow", "show", "irdis_dbj", code=2)


def test_rules_are_tried_and_nothing_is_made(world: World) -> None:
    found = json.loads(world.cobrex("rules", "test", "--json", code=5))
    rows = {one["association"]: one for one in found}
    assert (rows["toy_flat"]["groups"], rows["toy_flat"]["incomplete"]) == (2, 0)
    science = rows["toy_science"]
    assert (science["complete"], science["incomplete"]) == (2, 1)
    assert "filter = H" in science["lacks"][0]["what"]
    near = write(world, "near.yaml", INSTRUMENT.replace("[-2, 2]", "[-1, 1]"))
    said = world.cobrex("rules", "test", str(near), "--star", "51 Eri", code=5)
    assert "toy_science: 1 x no TOY_FLAT with filter = J" in said
    assert json.loads(world.cobrex("process", "list", "--json")) == []


def test_a_workflow_is_published_once_and_used_by_version_and_channel(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(world, "toys.yaml", WORKFLOW)
    assert "workflow main/toys@1.0.0 is published" in world.cobrex("workflow", "publish", str(path))
    text = WORKFLOW.replace("[-3, 3]", "[-1, 1]")
    path.write_text(text, encoding="utf-8")
    said = world.cobrex("workflow", "publish", str(path), code=3)
    assert "already published with other files" in said
    path.write_text(text.replace('"1.0.0"', '"1.1.0"'), encoding="utf-8")
    world.cobrex("workflow", "publish", str(path))
    world.cobrex("recipe", "promote", "toys@1.0.0", "production", "--kind", "workflow")
    gaps = [
        len(json.loads(world.cobrex("reduce", "--workflow", name, "-n", "--json", code=5))["gaps"])
        for name in ("toys@^1", "toys#production")
    ]
    assert gaps == [2, 1]  # the flat of 51 Eri is two days away
    world.cobrex("workflow", "publish", str(path), "--namespace", "ada")
    (world.home / "workflows").mkdir()
    write(world, "home/workflows/broken.yaml", WORKFLOW.replace("toy_flat:", "toy_falt:"))
    listed = json.loads(world.cobrex("workflow", "list", "--json"))
    rows = {one["workflow"]: one for one in listed}
    assert (rows["toys"]["version"], rows["toys"]["published"]) == ("1.1.0", "1.0.0, 1.1.0")
    assert rows["ada/toys"]["goals"] == "toy_science"
    assert rows["broken"]["title"].startswith("cannot be used: ")
    assert "no version" in world.cobrex("reduce", "--workflow", "toys@^2", "-n", code=3)
    monkeypatch.setenv("COBREX_HOME", str(world.home))
    held = next(
        v for v in open_registry(settings.load()).list("workflow") if str(v) == "main/toys@1.1.0"
    )
    entry = Entry("workflow", held.full_name, held.version, held.tag_sha, held.tree_sha)
    known, lock = book.load(), Lock((entry,), source="a.lock")
    assert known.workflow("toys", lock).version == held.version
    assert known.workflow("irdis_dbi", lock).name == "irdis_dbi"
    with pytest.raises(RegistryError, match="toys@=9 is wanted, but the lock"):
        known.workflow("toys@=9", lock)
    path.write_text(text.replace("toy_flat:", "toy_falt:"), encoding="utf-8")
    assert f"{path}:6: " in world.cobrex("workflow", "publish", str(path), code=5)


def test_rules_of_an_instrument_are_published(world: World) -> None:
    path = write(world, "toycam.yaml", INSTRUMENT)
    assert "rules main/toycam@1.0.0 is published" in world.cobrex("rules", "publish", str(path))
    wrong = write(world, "wrong.yaml", WRONG)
    assert "no instrument has a column 'fliter'" in world.cobrex(
        "rules", "publish", str(wrong), code=5
    )
