"""A batch of a few stars on two SLURM nodes gives what one machine gives."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path

import pytest
from slurm_cluster import SlurmCluster, quick_profile
from toy_world import World, build

from cobrex.batch.submissions import prefix

pytestmark = [pytest.mark.service, pytest.mark.slow]

REDUCE = ("reduce", "--frame", "TOY_SCIENCE_RAW", "--name", "stars")


def made(world: World) -> set[tuple[str, ...]]:
    """What was made, of which star, with which content; and how each process ended."""
    products = json.loads(world.cobrex("find", "--product", "--json"))
    processes = json.loads(world.cobrex("process", "list", "--json"))
    return {(p["frame_type"], p["star"], p["content_id"]) for p in products} | {
        (p["key"], p["state"]) for p in processes
    }


def jobs_of(slurm: SlurmCluster, begin: str) -> list[list[str]]:
    """Name and state of the jobs of one batch; other tests have theirs on the same cluster."""
    lines = slurm.say("squeue", "-h", "-t", "all", "-o", "%j %T").splitlines()
    return [line.split() for line in lines if line.startswith(begin)]


def test_a_batch_on_two_nodes_makes_what_one_machine_makes(
    slurm: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path / "here")
    here = World(tmp_path / "here")
    here.frame("flat1", "FLAT", hour=12)
    for hour, star in enumerate(("HR 100", "51 Eri", "HD 95086", "HR 8799")):
        here.frame(f"sci{hour}", star, hour=hour + 1, BROKEN=star == "51 Eri")
    here.cobrex("import", str(here.data))
    there = World(tmp_path / "there")
    shutil.copytree(here.folder, there.folder, symlinks=True)

    with monkeypatch.context() as bare:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "git").symlink_to(str(shutil.which("git")))
        bare.setenv("PATH", str(tmp_path / "bin"))
        said = there.cobrex(*REDUCE, "--profile", "slurm", code=2)
        assert "sbatch is not on the PATH" in said
    for name, value in slurm.environment().items():
        monkeypatch.setenv(name, value)
    said = there.cobrex(*REDUCE, "--profile", quick_profile(tmp_path / "profile"), code=6)
    assert "the shutter was closed" in said

    # none failed because of a process in it; the last may be ended once their records are there
    folder = there.home / "store" / "batches" / "stars"
    mine = prefix(folder)
    assert re.fullmatch("cobrex-[0-9a-f]{12}", mine)
    jobs = jobs_of(slurm, mine)
    assert "RUNNING" not in {state for _, state in jobs}, "jobs end with their batch"
    deadline = time.monotonic() + 120
    while any(state == "COMPLETING" for _, state in jobs):
        assert time.monotonic() < deadline, jobs
        time.sleep(0.5)
        jobs = jobs_of(slurm, mine)
    assert {state for _, state in jobs} <= {"COMPLETED", "CANCELLED"}, jobs
    log = (folder / "snakemake.log").read_text()
    assert log.count("has been submitted with SLURM jobid") == len(jobs) >= 3

    here.cobrex(*REDUCE, code=6)
    assert made(there) == made(here)
    assert len(made(here)) == 4 + 5
