"""reduce held by a lock or a suite: what ran is what was locked, whatever is published later."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from toy_world import World, build

from cobrex_registry.locks.lock import read

FLAT = ("reduce", "--frame", "TOY_FLAT_RAW")
SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW")
PRESET = """
schema: preset/1
name: bright
version: "{version}"
for: toy_flat@^1
parameters: {{level: {level}}}
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night, and two versions of the flat's recipe and preset; the older ones are pinned."""
    world = build(tmp_path_factory.mktemp("locked"))
    world.frame("flat1", "FLAT", hour=12)
    world.frame("sci1", "HR 100", hour=3)
    world.cobrex("import", str(world.data))
    preset(world, "1.0.0", 2.0)
    both = ("toy_science", "toy_flat")
    world.cobrex("recipe", "pin", *both, "-o", str(world.folder / "all.lock"))
    world.cobrex("recipe", "pin", "toy_flat", "-o", str(world.folder / "flat.lock"))
    raise_version(world, "toy_flat", "1.1.0")
    preset(world, "1.1.0", 3.0)
    return world.folder


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    return World(Path(shutil.copytree(template, tmp_path / "w", symlinks=True)))


def preset(world: World, version: str, level: float) -> None:
    path = world.folder / "bright.yaml"
    path.write_text(PRESET.format(version=version, level=level), encoding="utf-8")
    world.cobrex("preset", "publish", str(path))


def raise_version(world: World, recipe: str, version: str) -> None:
    """Publish the recipe again with other code."""
    folder = world.folder / "recipes" / recipe
    manifest = (folder / "recipe.yaml").read_text().replace('"1.0.0"', f'"{version}"')
    (folder / "recipe.yaml").write_text(manifest)
    with (folder / "toy.py").open("a") as code:
        code.write(f"print('version {version}')\n")
    world.cobrex("recipe", "publish", str(folder))


def planned(world: World, *words: str) -> dict[str, str]:
    """Versions of a plan, by recipe."""
    plan = json.loads(world.cobrex(*words, "--dry-run", "--json"))
    return {p["recipe"].removeprefix("main/"): p["version"] for p in plan["processes"]}


def test_a_lock_holds_whatever_is_published_and_yanked_later(world: World) -> None:
    lock = world.folder / "all.lock"
    assert planned(world, *SCIENCE) == {"toy_flat": "1.1.0", "toy_science": "1.0.0"}
    world.cobrex("recipe", "yank", "toy_flat@1.0.0", "--reason", "wrong sign", "--use", "toy_flat")
    said = world.cobrex(*SCIENCE, "--lock", str(lock), "--name", "held", "-j", "1")
    assert f"lock    lock {lock}" in said
    assert "toy_flat 1.0.0 is yanked: wrong sign; use toy_flat instead" in said
    assert "toy_flat@1.0.0" in said
    assert "toy_flat@1.1.0" not in said
    # what ran is what was locked, and the batch knows
    records = [
        json.loads(path.read_text())
        for path in (world.home / "store" / "processes").rglob("record.json")
    ]
    held = {one.name: (one.version, one.tree) for one in read(lock).entries}
    assert {r["recipe"]["name"] for r in records} == {"main/toy_flat", "main/toy_science"}
    for one in (r["recipe"] for r in records):
        assert (one["version"], one["tree"]) == held[one["name"]]
    batch = world.home / "store" / "batches" / "held"
    assert read(batch / "cobrex.lock").digest == read(lock).digest
    shown = json.loads(world.cobrex("batch", "show", "held", "--json"))
    assert read(lock).digest in json.dumps(shown)
    # the same again is done already; without the lock it stands, and the newer version is better
    assert "nothing to do" in world.cobrex(*SCIENCE, "--lock", str(lock))
    assert "better inputs: flat" in world.cobrex(*SCIENCE)
    assert planned(world, *SCIENCE, "--refresh")["toy_flat"] == "1.1.0"


def test_a_preset_comes_from_the_lock(world: World) -> None:
    lock = ("--lock", str(world.folder / "flat.lock"))
    for words, level in (((), 3.0), (lock, 2.0)):
        plan = json.loads(world.cobrex(*FLAT, "--preset", "bright", *words, "-n", "--json"))
        assert plan["processes"][0]["parameters"]["level"] == level


def test_what_the_lock_does_not_hold_is_an_error_with_its_cure(world: World) -> None:
    lock = ("--lock", str(world.folder / "flat.lock"))
    assert planned(world, *FLAT, *lock) == {"toy_flat": "1.0.0"}
    said = world.cobrex(*SCIENCE, *lock, "-n", code=3)
    assert "recipe toy_science is not in the lock" in said
    assert "cobrex recipe pin" in said
    said = world.cobrex(*FLAT, "--recipe", "toy_flat@1.1.0", *lock, "-n", code=3)
    assert "toy_flat@1.1.0 is wanted, but the lock" in said
    said = world.cobrex(*FLAT, "--preset", "dim", *lock, "-n", code=3)
    assert "preset toy_flat--dim is not in the lock" in said
    for name, text in (("x.lock", "--upload-pack=x"), ("y.lock", "schema: suite/1\n")):
        (world.folder / name).write_text(text)
        world.cobrex(*FLAT, "--lock", str(world.folder / name), code=3)
    world.cobrex(*FLAT, "--lock", str(world.folder / "none.lock"), code=3)


def test_a_suite_holds_until_it_is_put_away(world: World) -> None:
    suite = ("recipe", "suite")
    lock = str(world.folder / "all.lock")
    said = world.cobrex(*suite, "publish", "pipeline@0.15.0", "--lock", lock, "--title", "First")
    assert "suite main/pipeline@0.15.0 is published: 2 recipes, 1 preset" in said
    world.cobrex("recipe", "promote", "pipeline@0.15.0", "production", "--kind", "suite")
    said = world.cobrex(*suite, "use", "pipeline#production")
    assert "reduce takes all versions from suite pipeline@0.15.0" in said
    said = world.cobrex(*SCIENCE, "-n")
    assert "lock    suite pipeline@0.15.0" in said
    assert planned(world, *SCIENCE)["toy_flat"] == "1.0.0"
    # --lock wins over the suite in use
    world.cobrex("recipe", "pin", "-o", str(world.folder / "new.lock"))  # all that rules use
    new = ("--lock", str(world.folder / "new.lock"))
    assert planned(world, *SCIENCE, *new)["toy_flat"] == "1.1.0"
    said = world.cobrex(*FLAT, "--recipe", "toy_flat@1.1.0", "-n", code=3)
    assert "suite use --none" in said
    shown = json.loads(world.cobrex(*suite, "list", "--json"))
    assert [(one["suite"], one["used"], one["channels"]) for one in shown] == [
        ("pipeline", True, "production")]  # fmt: skip
    members = json.loads(world.cobrex(*suite, "show", "pipeline", "--json"))["members"]
    assert members == [one.as_json() for one in read(Path(lock)).entries]
    assert "not used any more" in world.cobrex(*suite, "use", "--none")
    assert planned(world, *SCIENCE)["toy_flat"] == "1.1.0"
    # what lies there by mistake is told, not obeyed
    (world.home / "suite.lock").write_text("rubbish")
    assert "suite use --none" in world.cobrex(*FLAT, "-n", code=3)
    world.cobrex(*suite, "use", "--none")
    world.cobrex(*FLAT, "-n")


def test_pin_checks_and_never_replaces_what_is_no_lock(world: World) -> None:
    lock = world.folder / "all.lock"
    assert "2 recipes, 1 preset, all here" in world.cobrex("recipe", "pin", "--check", str(lock))
    recipe = world.folder / "recipes" / "toy_flat" / "recipe.yaml"
    before = recipe.read_text()
    assert "no lock file" in world.cobrex("recipe", "pin", "-o", str(recipe), code=3)
    assert recipe.read_text() == before
    said = world.cobrex("recipe", "pin", "toy_science", "--workflow", "-o", str(lock))
    assert {line.split()[1] for line in said.splitlines() if line.startswith("recipe")} == {
        "toy_science", "toy_flat"}  # fmt: skip
    changed = lock.read_text().replace(read(lock).entries[0].tree, "0" * 40)
    lock.write_text(changed)
    said = world.cobrex("recipe", "pin", "--check", str(lock), code=3)
    assert "is not the one published here: other files" in said
