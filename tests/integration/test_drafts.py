"""An author's working copy: it runs unpublished, and nobody else ever gets what it makes."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from astropy.io import fits
from toy_world import World, build

SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "--star", "HR100", "-j", "2")
FLAT = ("reduce", "--frame", "TOY_FLAT_RAW", "-j", "2")
BY_TYPE = "flat: {frame_type: TOY_FLAT, match: [filter], window_days: [-2, 2]}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world with frames and published recipes, and a draft of one of them that has been run."""
    world = build(tmp_path_factory.mktemp("template"))
    world.frame("flat1", "FLAT", hour=12)
    world.frame("sci1", "HR 100", hour=3)
    world.cobrex("import", str(world.data))
    work = shutil.copytree(world.folder / "recipes" / "toy_flat", world.folder / "work")
    edit(work, "print(", "print('a draft,', ")
    said = world.cobrex(*FLAT, "--recipe", str(work))
    (world.folder / "said.txt").write_text(said, encoding="utf-8")
    return world.folder


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    """A world of one's own, copied from one that was built once."""
    shutil.copytree(template, tmp_path / "w", symlinks=True)
    return World(tmp_path / "w")


def edit(folder: Path, old: str, new: str, file: str = "toy.py") -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def processes(world: World) -> list[dict]:
    return json.loads(world.cobrex("process", "list", "--json"))


def plan(world: World, *words: str, code: int = 0) -> dict:
    return json.loads(world.cobrex(*words, "--dry-run", "--json", code=code))


def draft(world: World) -> str:
    return str(world.folder / "work")


def as_user(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    own = world.environment
    monkeypatch.setattr(World, "environment", lambda self: {**own(), "COBREX_USER": name})


def test_a_draft_runs_and_everything_says_so(world):
    said = (world.folder / "said.txt").read_text(encoding="utf-8")
    assert "not published, from" in said
    assert "draft-ada/toy_flat@1.0.0" in said
    (process,) = processes(world)
    assert process["recipe"] == "draft-ada/toy_flat"
    assert "draft-ada/toy_flat@1.0.0" in world.cobrex("process", "list")
    assert "a draft, label plain" in world.cobrex("process", "logs", process["key"])
    shown = json.loads(world.cobrex("process", "show", process["key"], "--json"))
    (attempt,) = shown["attempts"]
    assert attempt["record"]["recipe"]["draft"] == "ada"
    product = world.home / "store" / attempt["folder"] / "out.fits"
    header = fits.getheader(product)
    assert header["COBREX RECIPE"] == "draft-ada/toy_flat"
    assert header["COBREX DRAFT"] == "ada"
    report = (world.home / "store/batches").glob("*/report.html")
    assert "draft-ada" in next(report).read_text(encoding="utf-8")


def test_its_author_reuses_it_and_nobody_else_does(world, monkeypatch):
    key = processes(world)[0]["key"]
    assert "nothing to do" in world.cobrex(*FLAT, "--recipe", draft(world))
    published = plan(world, *FLAT)["processes"][0]
    assert (published["recipe"], published["state"]) == ("main/toy_flat", "make")
    # the same bytes, published: made anew
    edit(world.folder / "work", '"1.0.0"', '"1.1.0"', "recipe.yaml")
    world.cobrex("recipe", "publish", draft(world))
    newest = plan(world, *FLAT)["processes"][0]
    assert (newest["version"], newest["state"]) == ("1.1.0", "make")
    as_user(world, monkeypatch, "bob")
    other = plan(world, *FLAT, "--recipe", draft(world))["processes"][0]
    assert (other["recipe"], other["state"]) == ("draft-bob/toy_flat", "make")
    assert len({key, published["key"], newest["key"], other["key"]}) == 4


def test_what_a_draft_made_is_no_input_of_anything(world):
    rules = world.home / "instruments" / "toycam.yaml"
    text = rules.read_text(encoding="utf-8")
    line = next(x.strip() for x in text.splitlines() if "from: toy_flat" in x)
    rules.write_text(text.replace(line, BY_TYPE), encoding="utf-8")
    found = json.loads(world.cobrex("find", "--product", "--json"))
    assert [f["frame_type"] for f in found] == ["TOY_FLAT"]
    gaps = plan(world, *SCIENCE, code=5)["gaps"]
    assert "TOY_FLAT" in gaps[0]["message"]
    world.cobrex(*FLAT)
    assert not plan(world, *SCIENCE)["gaps"]


def test_a_draft_takes_its_inputs_from_published_recipes(world):
    science = world.folder / "recipes" / "toy_science"
    planned = plan(world, *SCIENCE, "--recipe", str(science))["processes"]
    assert [p["recipe"] for p in planned] == ["main/toy_flat", "draft-ada/toy_science"]


def test_a_draft_that_only_makes_inputs_is_refused_with_the_cure(world):
    said = world.cobrex(*SCIENCE, "--recipe", draft(world), code=2)
    assert "it only makes inputs for toy_science" in said
    assert "--frame TOY_FLAT_RAW" in said


@pytest.mark.slow
def test_edited_and_followed_while_it_runs(world):
    work, go = world.folder / "work", world.folder / "go"
    edit(work, "options = dict", "print('begun', flush=True)\noptions = dict")
    world.frame("flat2", "FLAT", hour=13, FILTER="J", UNTIL=str(go))
    world.cobrex("import", str(world.data))
    running = world.start(*FLAT, "--filter", "J", "--recipe", str(work))
    try:
        key = waited(lambda: next((p["key"] for p in processes(world) if p["state"] != "done"), ""))
        follower = world.start("process", "logs", key, "-f")
        other = world.start("process", "logs", key[:8], "--follow")
        marks = world.home / "store/processes/.running"
        waited(lambda: marks.is_dir() and list(marks.iterdir()))
        assert f"logs {key[:8]} -f" in world.cobrex("process", "logs", key, code=4)
        (work / "toy.py").write_text("raise SystemExit('edited')\n", encoding="utf-8")
        assert read_until(other, "begun")
        other.send_signal(signal.SIGINT)
        rest, _ = other.communicate(timeout=240)
        assert (other.returncode, "interrupted" in rest) == (130, False)
        go.touch()
        said, _ = follower.communicate(timeout=240)
        assert follower.returncode == 0
        assert "begun" in said and "a draft, label plain" in said
        assert "done draft-ada/toy_flat@1.0.0" in said
        assert running.communicate(timeout=240) and running.returncode == 0
    finally:
        go.touch()
        for one in (running, follower, other):
            one.kill() if one.poll() is None else None
    assert list(marks.iterdir()) == []
    # what has ended is shown whole
    assert "begun" in world.cobrex("process", "logs", key, "-f")


def waited(ask, seconds: float = 240.0):
    """Ask until there is an answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def read_until(process: subprocess.Popen[str], word: str) -> bool:
    return any(word in line for line in process.stdout)


def test_all_that_is_wrong_is_told_before_anything_runs(world):
    work = world.folder / "work"
    edit(work, "python toy.py", "python gone.py", "recipe.yaml")
    edit(work, "license:", "licence:", "recipe.yaml")
    said = world.cobrex(*FLAT, "--recipe", str(work), code=3)
    assert "gone.py is not in the folder" in said
    assert "unknown key 'licence'" in said
    assert "no recipe: there is no such folder" in world.cobrex(
        *FLAT, "--recipe", "./no/such", code=3
    )
    assert len(processes(world)) == 1


def test_a_recipe_no_rule_knows(world):
    work = world.folder / "work"
    edit(work, "name: toy_flat", "name: toy_new", "recipe.yaml")
    said = world.cobrex(*FLAT, "--recipe", str(work), "--dry-run")
    assert "no association rule uses toy_new" in said
    assert "recipe: toy_new" in said
    assert "draft-ada/toy_new@1.0.0" in said
    science = world.folder / "recipes" / "toy_science"
    edit(science, "name: toy_science", "name: other", "recipe.yaml")
    said = world.cobrex(*SCIENCE, "--recipe", str(science), code=2)
    assert "where other finds flat" in said
    assert "flat: {frame_type: TOY_FLAT" in said


def test_nothing_is_published_where_drafts_run(world):
    said = world.cobrex("recipe", "publish", draft(world), "--namespace", "draft-ada", code=3)
    assert "kept for drafts" in said
    assert "toy_flat" in world.cobrex("recipe", "list")
    assert "draft-ada" not in world.cobrex("recipe", "list", "--all")


def test_the_manual_of_a_name_and_of_a_folder(world):
    edit(world.folder / "work", "title: A toy", "title: Not out yet", "recipe.yaml")
    assert "toy_flat 1.0.0 - A toy" in world.cobrex("recipe", "manual", "toy_flat@1.0.0")
    own = world.cobrex("recipe", "manual", draft(world))
    assert "toy_flat 1.0.0 - Not out yet" in own
    assert f"cobrex reduce --recipe {draft(world)}" in own
    assert "did you mean toy_flat?" in world.cobrex("recipe", "manual", "toy_flta", code=3)


def test_kept_scratch_folders_are_named_at_the_end(world):
    said = world.cobrex(*FLAT, "--recipe", draft(world), "--force", "--keep-scratch")
    folder = Path(next(x for x in said.splitlines() if x.startswith("kept")).split()[1])
    assert (folder / "inputs" / "flat1.fits").is_symlink()
    assert (folder / "record.json").is_file()
