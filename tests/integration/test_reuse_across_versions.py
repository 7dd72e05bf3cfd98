"""Another version with the same code: what was made serves, wherever the first one put it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from toy_world import World, build

FLAT = ("reduce", "--frame", "TOY_FLAT_RAW", "-j", "1")
SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("template")).folder


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    world = World(Path(shutil.copytree(template, tmp_path / "w", symlinks=True)))
    world.frame("sci1", "HR 100", hour=3)
    return world


def raise_version(world: World, name: str, old: str = "A toy", new: str = "The toy") -> None:
    """Publish 1.0.1: a manifest that says the same of its products."""
    path = world.folder / "recipes" / name / "recipe.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace('"1.0.0"', '"1.0.1"').replace(old, new))
    world.cobrex("recipe", "publish", str(path.parent))


def plan(world: World, *words: str, code: int = 0) -> dict[str, str]:
    """State of the processes of a plan, by recipe and version."""
    found = json.loads(world.cobrex(*words, "--dry-run", "--json", code=code))
    return {
        f"{p['recipe'].removeprefix('main/')}@{p['version']}": p["state"]
        for p in found["processes"]
    }


def process(world: World, recipe: str) -> dict:
    listed = json.loads(world.cobrex("process", "list", "--recipe", recipe, "--json"))
    return json.loads(world.cobrex("process", "show", listed[0]["key"], "--json"))


def test_what_an_older_version_made_serves_until_it_is_made_anew(world: World) -> None:
    world.frame("flat1", "FLAT", hour=12)
    world.cobrex("import", str(world.data))
    world.cobrex(*SCIENCE)
    raise_version(world, "toy_flat")
    assert plan(world, *SCIENCE) == {"toy_flat@1.0.1": "done", "toy_science@1.0.0": "done"}
    world.frame("eri1", "51 Eri", hour=5)
    world.cobrex("import", str(world.data))
    said = world.cobrex(*SCIENCE, "--name", "both", "--keep-scratch")
    assert "1 to make, 2 done already" in said
    made = process(world, "toy_science")
    (flat,) = [u for u in made["attempts"][0]["record"]["used"] if u["role"] == "flat"]
    assert "/toy_flat/1.0.0/" in flat["path"]
    members = json.loads(world.cobrex("batch", "show", "both", "--json"))["members"]
    assert any("/toy_flat/1.0.0/" in one["folder"] for one in members)
    # made anew by the new version, it lies in the new version's folder
    world.cobrex(*FLAT, "--force")
    flats = process(world, "toy_flat")["attempts"]
    assert [(a["number"], "/1.0.1/" in a["folder"]) for a in flats] == [(2, True), (1, False)]


def test_a_version_with_wider_qc_ranges_judges_again(world: World) -> None:
    world.frame("flat1", "FLAT", hour=12, LEVEL=99.0)
    world.cobrex("import", str(world.data))
    world.cobrex(*FLAT, code=6)
    assert plan(world, *SCIENCE, code=5) == {}
    assert "nothing to do" in world.cobrex(*FLAT, code=6)
    raise_version(world, "toy_flat", "[0.5, 50.0]", "[0.5, 90.0]")  # not wide enough
    assert "nothing to do" in world.cobrex(*FLAT, code=6)
    path = world.folder / "recipes" / "toy_flat" / "recipe.yaml"
    path.write_text(path.read_text().replace("1.0.1", "1.0.2").replace("90.0]", "100.0]"))
    world.cobrex("recipe", "publish", str(path.parent))
    # it is judged again, not made again
    assert plan(world, *SCIENCE) == {"toy_flat@1.0.2": "done", "toy_science@1.0.0": "make"}
    world.cobrex(*SCIENCE)
    flat = process(world, "toy_flat")
    assert (flat["verdict"], len(flat["attempts"])) == ("pass", 1)
    assert "nothing to do" in world.cobrex(*SCIENCE)


def test_what_a_killed_driver_left_is_found_by_another_version(world: World) -> None:
    gate = world.folder / "gate"
    world.frame("flat1", "FLAT", hour=12, UNTIL=str(gate))
    world.cobrex("import", str(world.data))
    driver = world.start(*FLAT, "--name", "first")
    running = world.home / "store" / "processes" / ".running"
    try:
        _wait(lambda: running.is_dir() and any(running.iterdir()))
    finally:
        driver.kill()
        driver.communicate()
        gate.touch()
    made = world.home / "store" / "processes" / "main" / "toy_flat"
    _wait(lambda: any(made.rglob("record.json")))
    raise_version(world, "toy_flat")
    assert "nothing to do" in world.cobrex(*FLAT)
    (attempt,) = process(world, "toy_flat")["attempts"]
    assert "/toy_flat/1.0.0/" in attempt["folder"]


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
