"""recipe new -> publish -> reduce, in a small observatory."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from toy_world import INSTRUMENT, World

RULE = """\
  mine:
    recipe: mine@>=0.1
    main: {frame_type: TOY_SCIENCE_RAW, group_by: [star, night, filter]}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    (world.home / "instruments").mkdir(parents=True)
    kept = INSTRUMENT[: INSTRUMENT.index("  toy_flat:\n")]
    (world.home / "instruments" / "toycam.yaml").write_text(kept + RULE, encoding="utf-8")
    world.frame("a", "HD 1", hour=3)
    world.frame("b", "HD 1", hour=4)
    return world


@pytest.mark.slow
@pytest.mark.parametrize("template", ["python", "command"])
def test_what_recipe_new_writes_reduces(world: World, template: str) -> None:
    folder = world.folder / "mine"
    said = world.cobrex("recipe", "new", "mine", str(folder), "--template", template,
                        "--instrument", "TOYCAM", "--out", "MINE",
                        "--in", "TOY_SCIENCE_RAW")  # fmt: skip
    assert f"cobrex recipe publish {folder}" in said
    assert "nothing is wrong" in world.cobrex("recipe", "lint", str(folder))
    world.cobrex("recipe", "publish", str(folder))
    world.cobrex("import", str(world.data))
    said = world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW")
    assert "done mine@0.1.0" in said, said
    (product,) = json.loads(world.cobrex("find", "--product", "--frame", "MINE", "--json"))
    assert product["frame_type"] == "MINE"
    with (folder / "README.md").open("a") as stream:
        stream.write("More.\n")
    assert "mine@0.1.1 is published" in world.cobrex("recipe", "publish", str(folder), "--bump")
    # the same code under another number: what is made is made
    assert "nothing to do" in world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("esorex"), reason="esorex is not installed")
def test_the_esorex_template_calls_esorex(world: World) -> None:
    folder = world.folder / "mine"
    world.cobrex("recipe", "new", "mine", str(folder), "--template", "esorex",
                 "--in", "TOY_SCIENCE_RAW")  # fmt: skip
    world.cobrex("recipe", "publish", str(folder))
    world.cobrex("import", str(world.data))
    said = world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW", code=6)
    assert "mine" in said
    key = json.loads(world.cobrex("process", "list", "--json"))[0]["key"]
    assert "ESO Recipe Execution Tool" in world.cobrex("process", "logs", key)
