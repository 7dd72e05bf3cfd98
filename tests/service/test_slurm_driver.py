"""What dies while a batch runs on SLURM: every process ends in its right state, nothing twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mariadb_server import MariaDB
from slurm_cluster import SlurmCluster, quick_profile
from small_disk import small_disk
from toy_world import World, build

from cobrex_db.batch_story import batch_by_name
from cobrex_db.engine import ask, open_catalogue
from cobrex_db.errors import CatalogueError
from cobrex_db.processes import by_key

pytestmark = [pytest.mark.service, pytest.mark.slow]

SITE = """
[site]
patience = "00:00:20"
[site.recipes.toy_science]
memory = "1000MiB"
walltime = "00:01:00"
"""


class Batch:
    """The batch ``all``, as the catalogue tells of it."""

    def __init__(self, world: World) -> None:
        settings = f"sqlite:///{world.home / 'store' / 'catalogue.sqlite'}"
        self.engine = open_catalogue(world.database_url or settings)
        self.folder = world.home / "store" / "batches" / "all"

    def members(self) -> dict[str, dict]:
        try:
            batch = ask(self.engine, lambda c: batch_by_name(c, "all"))
        except CatalogueError:
            return {}
        return {m["star"] or "flat": m for m in batch["members"]}

    def state(self, star: str) -> str:
        return str(self.members().get(star, {}).get("state"))

    def attempts(self) -> dict[str, list[str]]:
        """How each attempt of each star ended."""
        found = {}
        for star, member in self.members().items():
            process = ask(self.engine, lambda c, k=member["key"]: by_key(c, k))
            ends = sorted(process["attempts"], key=lambda a: a["number"])
            assert [a["number"] for a in ends] == list(range(1, len(ends) + 1))
            found[star] = [a["reason"] or a["outcome"] for a in ends]
        return found

    def has_driver(self) -> bool:
        return (self.folder / "driver.json").exists()

    def driver(self) -> dict:
        return json.loads((self.folder / "driver.json").read_text())


def wait(ask: Callable[[], bool], seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.5)


def test_whatever_dies_each_process_ends_in_its_right_state(
    slurm: SlurmCluster, mariadb_server: MariaDB, mariadb_url: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in slurm.environment().items():
        monkeypatch.setenv(name, value)
    world = build(tmp_path / "w", mariadb_url)
    batch = Batch(world)
    world.frame("flat1", "FLAT", hour=12)
    gates = {name: tmp_path / f"gate-{name}" for name in ("late", "hand", "node")}
    world.frame("sci1", "HR 100", hour=1, EAT=1500)
    world.frame("sci2", "51 Eri", hour=2, UNTIL=str(gates["late"]))
    world.frame("sci3", "HD 95086", hour=3, UNTIL=str(gates["hand"]))
    world.frame("sci4", "HR 8799", hour=4, UNTIL=str(gates["node"]))
    world.cobrex("import", str(world.data))
    (world.home / "cobrex.toml").write_text(SITE)
    there = ("--frame", "TOY_SCIENCE_RAW", "--profile", quick_profile(tmp_path / "profile"))
    driver = world.start("reduce", *there, "--name", "all")
    lost = ""
    try:
        # two in each job: one is over its memory, one's job is cancelled by hand; the others wait
        wait(lambda: batch.state("HD 95086") == "running")
        slurm.say("scancel", batch.members()["HD 95086"]["job"])
        # in the next round their node is lost
        wait(lambda: batch.state("HR 100") == "done")
        wait(lambda: all(batch.state(star) == "running" for star in ("HR 1474", "HR 8799")))
        hosts = {star: batch.members()[star]["host"] for star in ("HR 1474", "HR 8799")}
        lost = hosts["HR 8799"]
        slurm.kill_node(lost)
        # in the third, on the other node, controller and database go away
        wait(lambda: batch.attempts()["HR 8799"] == ["node-lost"])
        wait(lambda: batch.state("HR 8799") == "running")
        slurm.stop_controller()
        mariadb_server.stop()
        gates["node"].touch()
        time.sleep(8)
        mariadb_server.start()
        time.sleep(12)
        slurm.start_controller()
        wait(lambda: batch.state("HR 8799") == "done")
        # one is over its time, and gets twice as much
        wait(lambda: batch.attempts()["HR 1474"][-1:] == ["walltime"])
        gates["late"].touch()
        said, _ = driver.communicate(timeout=240)
        assert driver.returncode == 6, said
        ended = batch.attempts()
        assert ended == {
            "flat": ["done"],
            "HR 100": ["out-of-memory", "done"],
            "HR 1474": [*(["node-lost"] if hosts["HR 1474"] == lost else []), "walltime", "done"],
            "HD 95086": ["cancelled"],
            "HR 8799": ["node-lost", "done"],
        }, said
        assert batch.state("HD 95086") == "cancelled"
        assert batch.members()["HR 8799"]["host"] != lost
    finally:
        for gate in gates.values():
            gate.touch()
        end(driver)
        if lost and lost not in slurm.up():
            slurm.start_node(lost)
        batch.engine.dispose()


def test_what_a_killed_driver_left_is_ended_and_a_snakemake_that_hangs_is_left(
    slurm: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in slurm.environment().items():
        monkeypatch.setenv(name, value)
    world = build(tmp_path / "w")
    batch = Batch(world)
    gate = tmp_path / "gate"
    world.frame("flat1", "FLAT", hour=12, UNTIL=str(gate))
    world.cobrex("import", str(world.data))
    (world.home / "cobrex.toml").write_text(SITE)
    there = ("--frame", "TOY_FLAT_RAW", "--profile", quick_profile(tmp_path / "profile"))
    driver = world.start("reduce", *there, "--name", "all")
    try:
        wait(lambda: batch.state("flat") == "running")
        os.kill(driver.pid, signal.SIGKILL)
        driver.communicate()
        orphan = batch.members()["flat"]["job"]
        assert orphan in running(slurm, batch)
        before = batch.driver()["group"]
        driver = world.start("batch", "retry", "all")
        wait(lambda: batch.has_driver() and batch.driver()["group"] not in {before, None})
        os.kill(batch.driver()["group"], signal.SIGSTOP)
        assert orphan not in running(slurm, batch)
        gate.touch()
        said, _ = driver.communicate(timeout=300)
        assert driver.returncode == 0, said
        assert "nothing moves" in said
        assert batch.attempts() == {"flat": ["killed", "done"]}
        wait(lambda: running(slurm, batch) == [])
        assert list((world.home / "store/processes/.scratch").iterdir()) == []
    finally:
        gate.touch()
        end(driver)
        batch.engine.dispose()


def test_a_process_that_fills_its_nodes_disk_fails_alone(
    slurm: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in slurm.environment().items():
        monkeypatch.setenv(name, value)
    world = build(tmp_path / "w")
    batch = Batch(world)
    world.frame("flat1", "FLAT", hour=12)
    stars = ("HR 100", "HR 1474", "HD 95086", "HR 8799")
    for hour, star in enumerate(stars, 1):
        world.frame(f"sci{hour}", star, hour=hour, **({"FILL": 16} if hour == 1 else {}))
    world.cobrex("import", str(world.data))
    disks = tmp_path / "disks"
    site = f'[site]\nscratch = "{disks}/$SLURMD_NODENAME"\n'
    (world.home / "cobrex.toml").write_text(site)
    # two processes in each job, a node for each job
    there = ("--profile", quick_profile(tmp_path / "profile"), "--need", "cores=4")
    there += ("--need", "scratch=1MiB")
    with small_disk(disks / "node1", 8), small_disk(disks / "node2", 8):
        said = world.cobrex("reduce", "--frame", "TOY_SCIENCE_RAW", *there, "--name", "all", code=6)
        left = sorted(str(p.relative_to(disks)) for p in disks.rglob("*"))
        assert left == sorted([*slurm.names, *(f"{n}/cobrex-{os.getuid()}" for n in slurm.names)])
    assert re.search(rf"disk-full: \S+:{disks}/node[12] has 0 MiB free", said), said
    members = batch.members()
    ends = batch.attempts()
    assert ends.pop("HR 100") == ["disk-full"]
    assert ends == {star: ["done"] for star in ("flat", *stars[1:])}
    ended = {star: (member["state"], member["cause"] or "") for star, member in members.items()}
    assert ended.pop("HR 100") == ("failed", "disk-full")
    assert set(ended.values()) == {("done", "")}
    assert "batch retry all --cause disk-full" in world.cobrex("batch", "show", "all")
    batch.engine.dispose()


def running(slurm: SlurmCluster, batch: Batch) -> list[str]:
    said = slurm.say("squeue", "-h", "-t", "R,PD", "-o", "%i %j").splitlines()
    return [line.split()[0] for line in said if batch.driver()["submissions"] in line]


def end(driver: subprocess.Popen[str]) -> None:
    if driver.poll() is None:
        driver.terminate()
        driver.communicate(timeout=120)
