"""What dies while a batch runs on SLURM: every process ends in its right state, nothing twice."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mariadb_server import MariaDB
from slurm_cluster import SlurmCluster, quick_profile
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
        self.engine = open_catalogue(world.database_url)
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
    gates = {name: tmp_path / name for name in ("late", "hand", "node")}
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

        # a driver that is killed: its job ends with it, and is made under the same name
        retry = ("batch", "retry", "all", "--cause", "cancelled")
        driver = world.start(*retry)
        wait(lambda: batch.state("HD 95086") == "running")
        os.kill(driver.pid, signal.SIGKILL)
        driver.communicate()
        orphan = batch.members()["HD 95086"]["job"]
        assert orphan in slurm.say("squeue", "-h", "-t", "R", "-o", "%i")
        gates["hand"].touch()
        # and a Snakemake that hangs
        before = batch.driver()["group"]
        driver = world.start("batch", "retry", "all")
        wait(
            lambda: (
                batch.folder.joinpath("driver.json").exists()
                and batch.driver()["group"] not in {before, None}
            )
        )
        hangs = batch.driver()["group"]
        os.kill(hangs, signal.SIGSTOP)
        assert orphan not in slurm.say("squeue", "-h", "-t", "R", "-o", "%i")
        said, _ = driver.communicate(timeout=240)
        assert driver.returncode == 0, said
        assert "nothing moves" in said
        assert batch.attempts() == {**ended, "HD 95086": ["cancelled", "killed", "done"]}
        assert slurm.say("squeue", "-h", "-t", "R,PD").strip() == ""
        assert list((world.home / "store/processes/.scratch").iterdir()) == []
    finally:
        for gate in gates.values():
            gate.touch()
        if driver.poll() is None:
            driver.kill()
        if lost and lost not in slurm.up():
            slurm.start_node(lost)
        batch.engine.dispose()
