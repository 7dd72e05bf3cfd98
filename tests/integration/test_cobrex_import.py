"""Recipes of the data centre's client, imported, and called as that client calls them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from cobrex_xml import BAD_RULES, write_samples
from toy_world import World

INSTRUMENT = """\
schema: instrument/1
name: TOYCAM
version: "1.0.0"
match: {INSTRUME: TOYCAM}
columns:
  arm: {key: INSTRUME, map: {"*": TOY}}
  filter: FILTER
types:
  TOY_RAW: {description: "toy", when: {filter: {glob: "*"}}}
"""
NAMED_RULE = """\
  toy-named:
    main: {frame_type: TOY_RAW, group_by: [frame]}
    inputs:
      toy_master: {from: toy_mean.toy_master, match: [star], window_days: [-1, 1]}
"""
SCRIPT = """\
import json, sys
from astropy.io import fits
print("argv", json.dumps(sys.argv))
print("sof", json.dumps(open(sys.argv[-1]).read().split()[1::2]))
fits.PrimaryHDU([[1.0]]).writeto("toy_mean.fits")
"""
NAMED = """\
import json, os, sys
from astropy.io import fits
print("argv", json.dumps(sys.argv))
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert os.path.exists(given["-flat"]) and os.path.exists(given["-raw"])
fits.PrimaryHDU([[2.0]]).writeto(given["-out"])
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("centre"))
    paths = write_samples(world.folder / "xml", SCRIPT)
    (world.folder / "xml" / "named.sh").write_text(f"#!{sys.executable}\n{NAMED}")
    said = world.cobrex(
        *("recipe", "import", "cobrex", *map(str, paths.values())),
        *("--into", str(world.folder / "recipes")),
    )
    assert "2 inputs, 6 parameters, 2 outputs, 2 files" in said
    assert "read as: line 6: parent_process_id is variable" in said
    assert "not translated" not in said
    rules = (world.folder / "recipes" / "associations" / "rules.yaml").read_text()
    (world.home / "instruments").mkdir(parents=True)
    (world.home / "instruments" / "toycam.yaml").write_text(INSTRUMENT + rules + NAMED_RULE)
    for name in ("toy_mean", "toy-named"):
        world.cobrex("recipe", "publish", str(world.folder / "recipes" / name))
    world.frame("a", "HR 100", hour=3)
    world.frame("b", "HR 100", hour=4)
    world.cobrex("import", str(world.data))
    return world


def called(world: World, name: str, **parameters: object) -> tuple[dict, list[str], str]:
    """Return record, argv as the recipe saw it, and its log, of a process with such parameters."""
    for folder in (world.home / "store/processes/main" / name / "1.0.0").glob("*/*/0001"):
        record = json.loads((folder / "record.json").read_text())
        if parameters.items() <= record["parameters"].items():
            log = (folder / "recipe.log").read_text()
            argv = next(line for line in log.splitlines() if line.startswith("argv "))
            return record, json.loads(argv[5:]), log
    raise AssertionError(f"no process of {name}")


def test_the_call_is_that_of_the_client(world: World) -> None:
    world.cobrex(
        *("reduce", "--frame", "TOY_RAW", "--recipe", "toy_mean", "--star", "HR 100"),
        *("--set", "method=2", "--set", "label=$(id) deep"),
    )
    record, argv, log = called(world, "toy_mean", method=2)
    assert record["outcome"] == "done"
    # binary script [options] file.sof
    assert Path(record["command"][0]).name.startswith("python")
    assert Path(argv[0]).name == "toy_mean.py"
    assert (Path(argv[0]).parent / "lib" / "means.py").read_text() == "MEAN = 1\n"
    assert argv[1:-1] == [
        *("--sigma", "4.5", "--method", "2", "--planes", "1,2,5"),
        *("--label", "$(id) deep", "--verbose"),
    ]
    assert argv[-1].endswith(".sof")
    assert 'sof ["TOY_RAW", "TOY_RAW"]' in log
    assert record["parameters"]["label"] == "$(id) deep"


def test_files_told_by_options_through_a_cascade(world: World) -> None:
    world.cobrex("reduce", "--frame", "TOY_RAW", "--recipe", "toy-named")
    record, argv, _ = called(world, "toy-named")
    assert record["outcome"] == "done"
    assert record["parameters"] == {"depth": None}
    raw, flat = argv[2], argv[4]
    assert argv == [argv[0], "-raw", raw, "-flat", flat, "-out", "named.fits"]
    assert [one["frame_type"] for one in record["used"]] == ["TOY_RAW", "TOY_MASTER"]


def test_a_choice_outside_is_refused(world: World) -> None:
    said = world.cobrex(
        "reduce", "--frame", "TOY_RAW", "--recipe", "toy_mean", "--set", "method=3", code=3
    )
    assert "one of 0, 1, 2" in said


def test_a_bad_file_among_good_ones(world: World, tmp_path: Path) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text(BAD_RULES)
    said = world.cobrex(
        *("recipe", "import", "cobrex", str(world.folder / "xml" / "toy_gdl.xml"), str(bad)),
        *("--into", str(tmp_path / "new")),
        code=3,
    )
    assert f"{bad}:2:1: not well-formed: junk after document element" in said
    assert "hint: it has no root element" in said
    assert not (tmp_path / "new").exists()
