"""Processes that work on a node's own small disk: a real file system, mounted for the test."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from astropy.io import fits
from small_disk import small_disk
from toy_plan import GOOD, process, raw, recipe, written

from cobrex.batch import causes
from cobrex.plan.file import PlanFile
from cobrex.process.attempt import make
from cobrex.process.failure import cause_of
from cobrex.process.node_disk import clear_abandoned, failed_to_write, work_place
from cobrex.process.scratch import new_name

WORKS_WHERE = GOOD + "\n    import os\n    print('works in', os.getcwd())\n"
FILLS = """
    import sys
    with open("out.fits", "wb") as stream:
        for n in range(64):
            stream.write(bytes(1 << 20))
            stream.flush()
"""
LARGE = """
    import numpy as np
    from astropy.io import fits
    hdu = fits.PrimaryHDU(data=np.zeros((5, 1 << 20), "uint8"))
    hdu.header["HIERARCH ESO QC LEVEL"] = 2.5
    hdu.writeto("out.fits")
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB."""
    with small_disk(tmp_path / "disk", 8) as folder:
        yield folder


def plan_of(tmp_path: Path, store: Path, code: str, scratch: str, megabytes: int = 1) -> PlanFile:
    frame = tmp_path / "a.fits"
    fits.PrimaryHDU(data=[[1, 2]]).writeto(frame, overwrite=True)
    limits = {"cores": 1, "memory_mb": 200, "walltime_min": 1, "scratch_mb": megabytes}
    use = recipe(tmp_path / "recipe", code, manifest={"resources": limits})
    return written(store, process(use, [raw(frame)]), scratch=scratch)


def own(disk: Path) -> Path:
    return disk / f"cobrex-{os.getuid()}"


def test_it_works_on_the_disk_and_leaves_its_result_in_the_store(tmp_path, disk):
    plan = plan_of(tmp_path, tmp_path / "store", WORKS_WHERE, str(disk))
    (key,) = plan.members()
    record = make(plan, key)
    assert (record["outcome"], record["reason"]) == ("done", "")
    folder = Path(plan.record(key)).parent
    assert {p.name for p in folder.iterdir()} == {
        *("record.json", "out.fits", "recipe.log", "inputs.sof"),
    }
    assert not any(p.is_symlink() for p in folder.iterdir())
    assert f"works in {own(disk)}/" in (folder / "recipe.log").read_text()
    assert json.loads((folder / "record.json").read_text()) == record
    assert fits.getheader(folder / "out.fits")["COBREX KEY"] == key
    assert own(disk).stat().st_mode & 0o777 == 0o700
    assert not list(own(disk).iterdir())
    assert not list((tmp_path / "store/processes/.scratch").iterdir())


def test_a_full_disk_is_told_and_cleaned(tmp_path, disk):
    plan = plan_of(tmp_path, tmp_path / "narrow", GOOD, str(disk), megabytes=9)
    record = make(plan, *plan.members())
    assert (record["outcome"], record["reason"], record["command"]) == ("failed", "disk-full", [])
    assert f"{disk} has 8 MiB free, 9 MiB are asked for" in record["message"]

    plan = plan_of(tmp_path, tmp_path / "filled", FILLS, str(disk))
    record = make(plan, *plan.members())
    assert (record["outcome"], record["reason"]) == ("failed", "disk-full")
    assert f"{disk} has 0 MiB free" in record["message"]
    assert not list(own(disk).iterdir())
    assert Path(plan.record(record["key"])).is_file()


def test_a_disk_that_may_not_be_written_is_not_called_full(tmp_path, disk):
    plan = plan_of(tmp_path, tmp_path / "store", GOOD, str(disk))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    record = make(plan, *plan.members())
    assert record["reason"] in {"disk-error", "not-started"}
    assert "Read-only file system" in record["message"]
    error = failed_to_write(OSError(errno.EIO, "Input/output error", str(disk / "a")), disk)
    assert (error.reason, cause_of(error.reason)) == ("disk-error", "disk-error")
    assert f":{disk}: " in error.message
    assert "disk-error" in causes.NO_FAULT & set(causes.WORDS)


def test_a_store_without_room_for_the_result(tmp_path, disk):
    (disk / "other").write_bytes(bytes(4 << 20))
    node = tmp_path / "node"
    node.mkdir()
    plan = plan_of(tmp_path, disk / "store", LARGE, str(node))
    record = make(plan, *plan.members())
    assert (record["outcome"], record["reason"]) == ("failed", "disk-full")
    assert str(disk) in record["message"]
    assert (record["generated"], record["verdict"]) == ([], None)
    folder = Path(plan.record(record["key"])).parent
    assert {p.name for p in folder.iterdir()} == {"record.json"}
    # the same without a disk of its own: the recipe itself meets the end
    (disk / "store" / "plan-1.sqlite").unlink()
    plan = plan_of(tmp_path, disk / "store2", LARGE, "")
    record = make(plan, *plan.members())
    assert (record["outcome"], record["reason"]) == ("failed", "disk-full")


def test_a_plan_without_room_is_told_like_any_other_file(tmp_path, disk):
    (disk / "other").write_bytes(bytes((8 << 20) - (12 << 10)))
    with pytest.raises(OSError, match="No space left") as caught:
        plan_of(tmp_path, disk, GOOD, "")
    assert caught.value.errno == errno.ENOSPC
    assert str(disk) in str(caught.value.filename)
    assert [p.name for p in disk.rglob("*") if p.is_file()] == ["other"]


def test_what_the_dead_left_goes_and_what_cannot_be_used_is_told(tmp_path, disk, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(disk))
    alive = work_place("$TMPDIR")
    ended = subprocess.Popen(["true"])
    ended.wait()
    host, _, rest = new_name().partition(f".{os.getpid()}.")
    dead = own(disk) / f"{host}.{ended.pid}.{rest}"
    elsewhere = own(disk) / f"other{host}.{ended.pid}.{rest}"
    for folder in (dead, elsewhere):
        (folder / "inputs").mkdir(parents=True)
    clear_abandoned("$TMPDIR")
    assert alive.parent == own(disk)
    assert set(own(disk).iterdir()) == {alive, elsewhere}

    for said, why in (("$COBREX_NOWHERE", "no such folder"), (str(disk / "no"), "No such file")):
        plan = plan_of(tmp_path, tmp_path / f"store-{len(said)}", GOOD, said)
        record = make(plan, *plan.members())
        assert (record["outcome"], record["reason"]) == ("failed", "not-started")
        assert said in record["message"]
        assert why in record["message"]
    theirs = disk / "shared" / f"cobrex-{os.getuid()}"
    theirs.parent.mkdir()
    theirs.symlink_to(tmp_path)
    plan = plan_of(tmp_path, tmp_path / "store-theirs", GOOD, str(disk / "shared"))
    assert "belongs to somebody else" in make(plan, *plan.members())["message"]
