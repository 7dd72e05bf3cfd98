"""A catalogue that is lost is made again from the store, and says the same as before."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from catalogue_dump import Rows, dump
from toy_world import World, build

pytestmark = pytest.mark.slow
SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2")
HR100 = (*SCIENCE, "--star", "HR 100")
# goes on in steps of three, and is killed in the middle of one
KILLED = """
import os, signal
from cobrex import settings
from cobrex.records import rebuild
from cobrex_db.engine import open_catalogue
from cobrex_db import rebuild as rows
rebuild._TOGETHER = 3
here = settings.load()
taken = []
take_records = rows.take_records
def counted(*given, **more):
    take_records(*given, **more)
    taken.extend(given[1])
    if len(taken) > 6:
        os.kill(os.getpid(), signal.SIGKILL)
rows.take_records = counted
rebuild.Rebuild(open_catalogue(here.database_url), here).go()
"""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Rows]:
    """A failure, a next-best, a force, a reduction after it, the words of people, a cleaning."""
    world = build(tmp_path_factory.mktemp("lived") / "w")
    world.frame("flat1", "FLAT", hour=11)
    world.frame("flat2", "FLAT", hour=4, LEVEL=99.0)
    world.frame("sci1", "HR 100", hour=3)
    world.frame("eri1", "51 Eri", hour=5)
    world.frame("bad1", "HD 95086", hour=6, BROKEN=True)
    world.cobrex("import", str(world.data))
    # the nearer flat fails its QC, the next-best is taken; one science frame fails for ever
    world.cobrex(*SCIENCE, "--name", "first", code=6)
    world.cobrex("validate", "reject", key(world, "toy_science", "51 Eri"), "--why", "a moon")
    world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", "--force", "--name", "again", code=6)
    world.cobrex(*HR100, "--name", "third")
    world.cobrex("validate", "accept", key(world, "toy_science", "HR 100"), "--why", "fine")
    for words in ("workspace new discs", "group new team", "workspace share discs bob",
                  "workspace share discs --group team --role member"):  # fmt: skip
        world.cobrex(*words.split())
    world.cobrex("clean", "--kind", "invalid", "--older", "0h", "--yes")
    return world, dump(catalogue(world))


def catalogue(world: World) -> str:
    return f"sqlite:///{world.home / 'store' / 'catalogue.sqlite'}"


def key(world: World, recipe: str, star: str) -> str:
    listed = json.loads(world.cobrex("process", "list", "--star", star, "--json"))
    return str(next(p["key"] for p in listed if p["recipe"] == f"main/{recipe}"))


def lost(lived: tuple[World, Rows], folder: Path, url: str = "") -> World:
    """The same store and frames; a catalogue that knows the frames under other numbers."""
    store = lived[0].home / "store"
    world = World(Path(shutil.copytree(lived[0].folder, folder / "w", symlinks=True)), url)
    for file in (world.home / "store").glob("catalogue.sqlite*"):
        file.unlink()
    # records say where the store was
    assert str(store) != str(world.home / "store")
    world.frame("aaa", "HR 100", hour=23, day=9)
    world.cobrex("import", *(str(world.data / f"{name}.fits") for name in ("aaa", "sci1")))
    world.cobrex("import", str(world.data))
    return world


def rebuilt(world: World, *words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        world.cobrex("catalogue", "rebuild", "--json", *words, code=code)
    )
    return found


def test_it_says_the_same_as_before(
    lived: tuple[World, Rows], tmp_path: Path, catalogue_url: str
) -> None:
    world, before = lost(lived, tmp_path, catalogue_url), lived[1]
    planned = rebuilt(world, "--dry-run")
    assert (planned["taken"], planned["batches"], planned["to_hash"]) == (11, 3, 5)
    assert dump(catalogue_url)["processes"] == []
    found = rebuilt(world)
    assert (found["taken"], found["batches"], found["words"]) == (11, 3, 2)
    assert (found["held"], found["broken"]) == ([], {})
    after = dump(catalogue_url)
    for name, rows in before.items():
        assert after[name] == rows, name
    again = rebuilt(world)
    assert (again["known"], again["taken"], again["batches"]) == (11, 0, 0)
    assert dump(catalogue_url) == after
    # what stands is not made again, and can be explained
    assert "nothing to do" in world.cobrex(*HR100, "--night", "2020-03-06")
    science = key(world, "toy_science", "HR 100")
    told = world.cobrex("why", science)
    assert "flat1.fits" in told or "flat" in told
    assert "would not be chosen" not in told
    shown = json.loads(world.cobrex("process", "show", science, "--json"))
    assert [i["frame_id"] is not None for i in shown["inputs"]] == [True, True]
    assert shown["validations"][0]["why"] == "fine"
    frames = json.loads(world.cobrex("find", "--frame", "TOY_SCIENCE", "--json"))
    assert [f["standing"] for f in frames] == ["current"]


def test_killed_in_the_middle_it_goes_on(lived: tuple[World, Rows], tmp_path: Path) -> None:
    world, before = lost(lived, tmp_path), lived[1]
    killed = subprocess.run([sys.executable, "-c", KILLED], env=world.environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert 0 < len(dump(catalogue(world))["attempts"]) < 11
    assert rebuilt(world)["broken"] == {}
    assert dump(catalogue(world)) == before


def test_what_is_broken_is_named_and_all_else_taken(
    lived: tuple[World, Rows], tmp_path: Path
) -> None:
    world, before = lost(lived, tmp_path), lived[1]
    processes = world.home / "store" / "processes"
    failed = json.loads(world.cobrex("catalogue", "rebuild", "--dry-run", "--json"))
    assert failed["taken"] == 11
    folders = sorted(path.parent for path in processes.glob("main/toy_flat/*/*/*/*/record.json"))
    elsewhere = folders[0].parent
    for number, spoil in enumerate((
        lambda r: r.write_text("{"),
        lambda r: r.write_text(json.dumps({"schema": "record/1"})),
        lambda r: r.symlink_to(folders[0] / "record.json"),
        os.mkfifo,
        lambda r: shutil.copyfile(folders[0] / "record.json", r),
        lambda r: r.write_text("[" * 100_000),
        lambda r: r.write_text(
            (folders[0] / "record.json").read_text().replace("out.fits", "../out.fits")
            .replace('"attempt": 1', '"attempt": 96')
        ),
    ), start=90):  # fmt: skip
        (elsewhere / f"{number:04d}").mkdir()
        spoil(elsewhere / f"{number:04d}" / "record.json")
    (processes / "main" / "link").symlink_to(processes / "main" / "toy_flat")
    (world.home / "store" / "batches" / "junk").mkdir()
    found = rebuilt(world, code=4)
    assert found["taken"] == 11
    assert len(found["broken"]) == 8
    after = dump(catalogue(world))
    assert {n: after[n] for n in before} == before


def test_what_lacks_its_raw_frames_waits_for_them(
    lived: tuple[World, Rows], tmp_path: Path
) -> None:
    world, before = lost(lived, tmp_path), lived[1]
    for file in (world.home / "store").glob("catalogue.sqlite*"):
        file.unlink()
    # one driver was killed before it could say how its batch ended; another batch is cleaned away
    batches = world.home / "store" / "batches"
    (batches / "third" / "batch.json").unlink()
    shutil.rmtree(batches / "again")
    some = (str(world.data / f"{name}.fits") for name in ("sci1", "eri1", "bad1", "flat1"))
    world.cobrex("import", *some)
    found = rebuilt(world, code=4)
    assert len(found["held"]) == 2
    assert all("toy_flat" in name for name in found["held"])
    world.cobrex("import", str(world.data / "flat2.fits"))
    assert rebuilt(world)["taken"] == 2
    after = dump(catalogue(world))
    assert after["processes"] == before["processes"]
    assert after["products"] == before["products"]
    assert {b[0]: b[1] for b in after["batches"]} == {
        "first": "failed", "again": "done", "third": "interrupted"}  # fmt: skip
    fared = [{(m[4], m[5], m[6]) for m in rows["members"] if m[0] == "third"}
             for rows in (before, after)]  # fmt: skip
    assert fared[0] == fared[1]
