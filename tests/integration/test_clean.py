"""cobrex clean: gone whole, kept in the lineage, made anew when something needs it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from toy_world import World, build

from cobrex import settings as places
from cobrex.registry import open_registry
from cobrex.upkeep import attempts, order, sweep
from cobrex_db.engine import open_catalogue

SCIENCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "-j", "2")
NOW = ("--older", "0h", "--json")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flat, one star made from it, another one that failed; the flat is intermediate now."""
    world = build(tmp_path_factory.mktemp("template"))
    world.frame("flat1", "FLAT", hour=12)
    world.frame("sci1", "HR 100", hour=3)
    world.frame("bad", "HD 95086", hour=6, BROKEN=True)
    world.cobrex("import", str(world.data))
    world.cobrex(*SCIENCE, "--name", "one", "--keep-scratch", code=6)
    folder = world.folder / "recipes" / "toy_flat"
    text = (folder / "recipe.yaml").read_text().replace('"1.0.0"', '"1.0.1"')
    marked = text.replace("main: true}\nqc", "main: true, intermediate: true}\nqc")
    assert marked != text
    (folder / "recipe.yaml").write_text(marked)
    world.cobrex("recipe", "publish", str(folder))
    return world.folder


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    return World(Path(shutil.copytree(template, tmp_path / "w", symlinks=True)))


def clean(world: World, *words: str) -> dict:
    return json.loads(world.cobrex("clean", *NOW, *words))


def kinds(said: dict) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in said["items"]:
        found[one["kind"]] = found.get(one["kind"], 0) + 1
    return found


def processes(world: World) -> dict[str, dict]:
    rows = json.loads(world.cobrex("process", "list", "--json"))
    return {str(row["star"] or "flat"): row for row in rows}


def tried(world: World, key: str) -> list[dict]:
    return json.loads(world.cobrex("process", "show", key, "--json"))["attempts"]


def frames(world: World, status: str) -> list[dict]:
    return json.loads(world.cobrex("find", "--product", "--status", status, "--json"))


def test_what_goes_and_what_is_made_again(world: World) -> None:
    store = world.home / "store"
    made = processes(world)
    science, flat, bad = (made[name]["key"] for name in ("HR 100", "flat", "HD 95086"))
    (of_science,), (of_flat,), (of_bad,) = (tried(world, k) for k in (science, flat, bad))
    # asked first: nothing is changed, and nobody is here to say yes
    said = clean(world, "--dry-run")
    assert kinds(said).keys() >= {"failed", "intermediate", "scratch", "batches", "versions"}
    assert said["kept"] == {}
    assert clean(world, "--dry-run", "--larger", "1GB")["items"] == []
    assert kinds(clean(world, "--dry-run", "--kind", "failed", "--star", "HD 95086")) == {
        "failed": 1
    }
    assert clean(world, "--dry-run", "--kind", "failed", "--star", "HR 100")["items"] == []
    assert "--yes" in world.cobrex("clean", "--older", "0h", code=2)
    assert "no kind 'faild'" in world.cobrex("clean", "--kind", "faild", code=2)
    assert world.cobrex("clean", "--dry-run").startswith("nothing to clean away")  # all is young
    assert (store / of_bad["folder"]).is_dir() and len(frames(world, "present")) == 2
    log = store / "batches/one/snakemake/logs/chunk/1/7.log"
    log.parent.mkdir(parents=True)
    log.write_text("slurmstepd: what failed")
    # gone
    assert kinds(clean(world, "--yes")) == kinds(said)
    assert not (store / of_bad["folder"]).exists()
    left = {p.name for p in (store / of_flat["folder"]).iterdir()}
    assert left == {"record.json", "removed.json", "recipe.log", "inputs.sof"}
    left = {p.name for p in (store / of_science["folder"]).iterdir()}
    assert left == {"record.json", "out.fits", "recipe.log", "inputs.sof"}
    assert (store / "batches/one/plan-1.sqlite").is_file()
    assert not list((store / "batches/one").rglob(".snakemake"))
    assert [p.name for p in log.parents[2].parent.iterdir()] == ["logs"] and log.is_file()
    for area in ("processes", "batches", "cache"):
        assert {p.name for p in (store / area / ".trash").iterdir()} <= {"lock"}
    assert not list((store / "cache").glob("??/*"))
    assert clean(world, "--yes")["items"] == []
    # told, and the lineage is whole
    shown = world.cobrex("process", "show", flat)
    assert "state     planned" in shown and "UTC: intermediate" in shown
    assert "cleaned away" in world.cobrex("process", "logs", bad, code=4)
    assert [f["frame_type"] for f in frames(world, "present")] == ["TOY_SCIENCE"]
    assert [f["frame_type"] for f in frames(world, "removed")] == ["TOY_FLAT"]
    assert "agrees" in world.cobrex("why", science)
    assert json.loads(world.cobrex("check", "--json"))["absent"] == []
    # what was made from it is used without it
    star = (*SCIENCE, "--star", "HR 100")
    plan = json.loads(world.cobrex(*star, "--dry-run", "--json"))
    assert [(p["key"], p["state"]) for p in plan["processes"]] == [(science, "done")]
    assert "nothing to do" in world.cobrex(*star, "--from", "toy_science")
    _needed_again(world, science, flat)
    _exported(world, store / of_science["folder"])


def _needed_again(world: World, science: str, flat: str) -> None:
    """Another star needs the flat: it is made again, and what was made from it stays valid."""
    gate = world.folder / "gate"
    world.frame("eri1", "51 Eri", hour=5, UNTIL=str(gate))
    world.cobrex("import", str(world.data))
    plan = json.loads(world.cobrex(*SCIENCE, "--dry-run", "--json", "--star", "51 Eri"))
    assert [p["state"] for p in plan["processes"]] == ["make", "make"]
    driver = world.start(*SCIENCE, "--star", "51 Eri", "--star", "HR 100", "--name", "two")
    try:
        _wait(lambda: driver.poll() is not None or len(tried(world, flat)) == 2)
        # what a running batch has in its plan stays
        said = clean(world, "--yes", "--kind", "intermediate", "--kind", "batches")
        assert (kinds(said), said["kept"]) == ({}, {"in use": 1})
    finally:
        gate.touch()
        said, _ = driver.communicate(timeout=240)
    assert driver.returncode == 0, said
    assert "2 to make, 1 done already" in said
    new, old = tried(world, flat)
    assert (new["invalidated_at"], new["removed_at"]) == (None, None)
    assert old["removed_at"] and old["reason"] == "intermediate"
    (only,) = tried(world, science)
    assert only["invalidated_at"] is None


def _exported(world: World, place: Path) -> None:
    """What was exported is kept, even when it goes out of use."""
    out = world.folder / "handed out"
    export = ("batch", "export", "two", "--to", str(out), "--type", "TOY_SCIENCE")
    assert json.loads(world.cobrex(*export, "--json"))["files"] == 2
    rows = {
        row["star"]: row for row in csv.DictReader((out / "manifest.csv").read_text().splitlines())
    }
    row = rows["HR 100"]
    assert row["file"] == f"HR_100_2020-03-06_TOY_SCIENCE_{row['key'][:8].strip('_-')}.fits"
    copied = (out / row["file"]).read_bytes()
    assert copied == (place / "out.fits").read_bytes()
    assert hashlib.sha256(copied).hexdigest() == row["sha256"]
    assert json.loads((out / row["record"]).read_text())["key"] == row["key"]
    assert "is not empty" in world.cobrex(*export, code=2)
    linked = world.folder / "linked"
    world.cobrex(*export[:3], "--to", str(linked), "--link")
    (same,) = linked.glob("HR_100*")
    assert same.samefile(place / "out.fits")
    assert "no valid products" in world.cobrex(
        *export[:3], "--to", str(world.folder / "none"), "--type", "TOY_DARK", code=4
    )
    _export_that_is_ended(world, export[:3])
    world.cobrex("reduce", "--frame", "TOY_FLAT_RAW", "--force")
    said = clean(world, "--yes", "--kind", "invalid")
    assert (kinds(said), said["kept"]) == ({}, {"exported": 3})
    assert (place / "out.fits").is_file()


def test_what_a_batch_was_to_reuse_goes_before_its_round_begins(world: World) -> None:
    gate = world.folder / "gate"
    world.frame("flat2", "FLAT", day=8, hour=22, UNTIL=str(gate))
    world.frame("eri1", "51 Eri", hour=5)
    world.cobrex("import", str(world.data))
    flats = ("reduce", "--frame", "TOY_FLAT_RAW", "-j", "1")
    first = world.start(*flats, "--night", "2020-03-08", "--name", "first")
    batches = world.home / "store" / "batches"
    try:
        _wait((batches / "first" / "plan-1.sqlite").exists)
        # it has planned with the first flat, and waits for the other one
        second = world.start(*flats, "--frame", "TOY_SCIENCE_RAW", "--name", "second")
        _wait((batches / "second" / "driver.json").exists)
        assert kinds(clean(world, "--yes", "--kind", "intermediate")) == {"intermediate": 1}
    finally:
        gate.touch()
        first.communicate(timeout=120)
    said, _ = second.communicate(timeout=120)
    assert second.returncode == 6, said  # one star's shutter was closed
    assert "waiting for it" in said and "planning again" in said
    batch = json.loads(world.cobrex("batch", "show", "second", "--json"))
    states = {(m["star"] or m["night"], m["state"]) for m in batch["members"]}
    assert ("HR 1474", "done") in states


def _export_that_is_ended(world: World, export: tuple[str, ...]) -> None:
    """Nothing half-made stays, or the next one clears it away; what was handed out stays noted."""
    code = (
        "import os, sys; from cobrex.upkeep import export; from cobrex.cli.main import main;"
        "number = int(sys.argv.pop());"
        "export._write_manifest = lambda *_: os.kill(os.getpid(), number);"
        "main()"
    )
    out = world.folder / "ended" / "out"
    out.parent.mkdir()
    left = []
    for number in (signal.SIGTERM, signal.SIGKILL):
        words = [sys.executable, "-c", code, *export, "--to", str(out), str(int(number))]
        done = subprocess.run(words, env=world.environment(), capture_output=True, check=False)
        left.append((done.returncode, len(list(out.parent.iterdir())), len(_handed_out(world))))
    assert left == [(130, 0, 2), (-signal.SIGKILL, 1, 3)], done.stderr.decode()
    world.cobrex(*export, "--to", str(out))
    assert [p.name for p in out.parent.iterdir()] == ["out"]
    assert {"manifest.csv", "records"} < {p.name for p in out.iterdir()}
    assert not (out / ".making").exists()
    assert {Path(path).name for path in _handed_out(world)} == {"handed out", "linked", "out"}


def _handed_out(world: World) -> set[str]:
    with closing(sqlite3.connect(world.home / "store" / "catalogue.sqlite")) as rows:
        return {path for (path,) in rows.execute("SELECT path FROM export")}


def _wait(holds, patience_s: float = 120.0) -> None:
    until = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.5)


def test_a_workspace_that_is_full(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.cobrex("workspace", "new", "discs")
    monkeypatch.setenv("COBREX_WORKSPACE", "discs")
    world.cobrex("import", str(world.data))
    star = (*SCIENCE, "--star", "HR 100")
    assert "nothing to do" in world.cobrex(*star)
    said = world.cobrex("workspace", "quota", "discs", "1kB")
    assert "takes 11.5 kB, may take 1 kB" in said
    refused = world.cobrex(*star, "--force", code=4)
    assert "the workspace discs may take 1,000 bytes, takes 11,520 bytes" in refused
    assert len(json.loads(world.cobrex("batch", "list", "--json"))) == 1
    world.cobrex("workspace", "quota", "discs", "none")
    assert json.loads(world.cobrex("workspace", "quota", "discs", "--json"))["quota_bytes"] is None


@pytest.mark.parametrize("moment", ["announced", "marked", "half"])
def test_killed_at_any_instant(world: World, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    monkeypatch.setenv("COBREX_HOME", str(world.home))
    monkeypatch.setenv("COBREX_USER", "ada")
    settings = places.load()
    engine = open_catalogue(settings.database_url)
    wanted = order.Order(("intermediate", "failed"), order.before("0h"), user="ada")
    found = sweep.survey(engine, settings, open_registry(settings), wanted)
    whole = {i.attempt.attempt_id: i.attempt for i in found.items}
    assert len(whole) == 2
    before = _state(settings, whole.values())
    with monkeypatch.context() as patch:
        _break(patch, moment)
        with pytest.raises(SystemExit):
            list(sweep.clean(engine, settings, found, wanted))
    if moment == "announced":
        assert _state(settings, whole.values()) == before
        again = list(sweep.clean(engine, settings, sweep.Found(), wanted))
        # nothing was said to anybody: nothing is done
        assert again == [] and _state(settings, whole.values()) == before
        assert len(sweep.survey(engine, settings, open_registry(settings), wanted).items) == 2
    else:
        assert sweep.survey(engine, settings, open_registry(settings), wanted).items == []
        list(sweep.clean(engine, settings, sweep.Found(), wanted))
        left = _state(settings, whole.values())
        assert not any(name.endswith(".fits") for names in left for name in names)
        assert [] in left  # the failed one
    assert {p.name for p in (settings.processes / ".trash").iterdir()} == {"lock"}
    engine.dispose()


def _state(settings: places.Settings, wanted) -> list[list[str]]:
    folders = [settings.store / one.folder for one in wanted]
    return [sorted(p.name for p in f.iterdir()) if f.is_dir() else [] for f in folders]


def _break(patch: pytest.MonkeyPatch, moment: str) -> None:
    """Let the command end where a kill would end it."""

    def end(*_: object, **__: object) -> None:
        raise SystemExit(9)

    if moment == "announced":
        patch.setattr(attempts, "transact", end)
    elif moment == "marked":
        patch.setattr(attempts, "throw", end)
    else:
        whole = attempts.throw
        patch.setattr(attempts, "throw", lambda paths, area: (whole(paths[:1], area), end()))
