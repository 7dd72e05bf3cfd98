"""Channels, namespaces and ranges in association rules and requests; what is told of versions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from toy_world import INSTRUMENT, World, build

from cobrex_registry.locks.lock import read

FLAT = ("reduce", "--frame", "TOY_FLAT_RAW", "-j", "1")
SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "1")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rules by channel and by namespace; production is not the newest."""
    world = build(tmp_path_factory.mktemp("channels"))
    folders = world.folder / "recipes"
    world.cobrex("recipe", "publish", str(folders / "toy_science"), "--namespace", "ada")
    world.cobrex("recipe", "promote", "toy_flat@1.0.0", "production")
    manifest = folders / "toy_flat" / "recipe.yaml"
    manifest.write_text(manifest.read_text().replace('"1.0.0"', '"1.1.0"'))
    with (folders / "toy_flat" / "toy.py").open("a") as code:
        code.write("print('other code')\n")
    world.cobrex("recipe", "publish", str(folders / "toy_flat"))
    rules = INSTRUMENT.replace("recipe: toy_flat@^1", "recipe: toy_flat#production")
    rules = rules.replace("recipe: toy_science@^1", "recipe: ada/toy_science@^1")
    (world.home / "instruments" / "toycam.yaml").write_text(rules, encoding="utf-8")
    world.frame("flat1", "FLAT", hour=12)
    world.frame("sci1", "HR 100", hour=3)
    world.cobrex("import", str(world.data))
    return world.folder


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    return World(Path(shutil.copytree(template, tmp_path / "w", symlinks=True)))


def planned(world: World, *words: str) -> set[str]:
    found = json.loads(world.cobrex(*words, "--dry-run", "--json"))
    return {f"{p['recipe']}@{p['version']}" for p in found["processes"]}


def test_a_rule_names_a_channel_or_another_namespace(world: World) -> None:
    both = {"main/toy_flat@1.0.0", "ada/toy_science@1.0.0"}
    assert planned(world, *SCIENCE) == both
    assert planned(world, *FLAT, "--recipe", "toy_flat") == {"main/toy_flat@1.0.0"}
    world.cobrex("recipe", "pin", "-o", str(world.folder / "all.lock"))
    assert both <= {f"{e.name}@{e.version}" for e in read(world.folder / "all.lock").entries}
    world.cobrex("recipe", "promote", "toy_flat@1.1.0", "production")
    assert planned(world, *FLAT) == {"main/toy_flat@1.1.0"}
    assert planned(world, *SCIENCE, "--lock", str(world.folder / "all.lock")) == both


def test_a_request_names_another_channel_range_or_number(world: World) -> None:
    world.cobrex("recipe", "promote", "toy_flat@1.1.0", "test")
    asked = {
        "toy_flat#test": "1.1.0",
        "main/toy_flat#production": "1.0.0",
        "toy_flat@^1.1": "1.1.0",
        "toy_flat@<1.1": "1.0.0",
    }
    for recipe, version in asked.items():
        assert planned(world, *FLAT, "--recipe", recipe) == {f"main/toy_flat@{version}"}
    world.cobrex("recipe", "promote", "ada/toy_science@1.0.0", "beta")
    assert "ada/toy_science@1.0.0" in planned(world, "reduce", "--recipe", "ada/toy_science#beta")
    # without its namespace it is another recipe, and no rule uses that
    said = world.cobrex("reduce", "--recipe", "toy_science#beta", "-n", code=2)
    assert "ada/toy_science" in said
    said = world.cobrex(*FLAT, "--recipe", "toy_flat#nightly", "-n", code=3)
    assert "production" in said


def test_what_is_said_of_a_version_is_said_once(world: World) -> None:
    told = ("--reason", "wrong sign", "--use", "toy_flat@^1.1")
    world.cobrex("recipe", "deprecate", "toy_flat@1.0.0", *told)
    said = world.cobrex(*SCIENCE)
    warnings = [line for line in said.splitlines() if line.startswith("warning:")]
    assert len(warnings) == 1
    assert "toy_flat 1.0.0 is deprecated: wrong sign; use toy_flat@^1.1 instead" in warnings[0]
    # a yanked one leaves channels; by its number it still runs, and says so once
    world.cobrex("recipe", "yank", "toy_flat@1.0.0", *told)
    said = world.cobrex(*FLAT, "-n", code=3)
    assert "yanked" in said
    said = world.cobrex(*FLAT, "--recipe", "toy_flat@1.0.0", "--force")
    assert sum("is yanked" in line for line in said.splitlines()) == 1
