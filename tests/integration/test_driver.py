"""A batch that is stopped, left to itself, cancelled, killed, and gone on with under its name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import toy_plan
from toy_world import World, build

from cobrex.batch.killed import Fate
from cobrex.batch.lost import write_lost
from cobrex.process.attempt import make
from cobrex.process.spool import Started

SCIENCE = ("--frame", "TOY_SCIENCE_RAW")
STARS = ("HR 100", "51 Eri", "HD 95086")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A flat and three stars, each of which waits for a file of its own."""
    world = build(tmp_path / "w")
    world.frame("flat1", "FLAT", hour=12)
    for hour, star in enumerate(STARS, 1):
        world.frame(f"sci{hour}", star, hour=hour, UNTIL=str(world.folder / f"gate{hour}"))
    world.cobrex("import", str(world.data))
    return world


def test_who_comes_back_when_it_was_given_up_spoils_nothing(tmp_path: Path) -> None:
    (tmp_path / "raw.fits").touch()
    one = toy_plan.process(toy_plan.recipe(tmp_path / "r"), [toy_plan.raw(tmp_path / "raw.fits")])
    plan = toy_plan.written(tmp_path / "store", one)
    began = Started(1, "7", "node9", 1, "2026-11-27T20:00:00")
    write_lost(plan, one.key, began, Fate("node-lost", "its node was lost: node9", "node9"))
    late = make(plan, one.key)
    assert late["outcome"] == "done"
    folder = Path(plan.record(one.key)).parent
    record = json.loads((folder / "record.json").read_text())
    assert (record["outcome"], record["agent"]["host"]) == ("lost", "node9")
    assert [p.name for p in folder.iterdir()] == ["record.json"]
    # and the other way round: what was made stands
    other = toy_plan.process(
        toy_plan.recipe(tmp_path / "r2", parameters={"sigma": 6.0}),
        [toy_plan.raw(tmp_path / "raw.fits")],
    )
    plan = toy_plan.written(tmp_path / "store2", other)
    make(plan, other.key)
    write_lost(plan, other.key, began, Fate("killed", "it seemed so"))
    record = json.loads(Path(plan.record(other.key)).read_text())
    assert record["outcome"] == "done"


def members(world: World, name: str = "") -> dict[str, dict]:
    said = json.loads(world.cobrex("batch", "show", *([name] if name else []), "--json"))
    return {m["star"] or "flat": m for m in said["members"]} | {"batch": said}


def states(world: World) -> list[str]:
    """Of the stars."""
    found = members(world)
    return [found[s]["state"] for s in ("HR 100", "HR 1474", "HD 95086")]


def wait(ask: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not ask():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.5)


def began(world: World, number: int) -> Callable[[], bool]:
    """Whether so many attempts run now."""
    marks = world.home / "store" / "processes" / ".running"
    return lambda: marks.is_dir() and len(list(marks.glob("[!.]*"))) == number


@pytest.mark.slow
def test_a_batch_is_stopped_and_gone_on_with(world: World) -> None:
    # ^C once: what runs is finished, nothing begins
    one = world.start("reduce", "@" + stars(world), *SCIENCE, "--name", "one", "-j", "1")
    wait(began(world, 1))
    wait(lambda: sorted(states(world)) == ["running", "waiting", "waiting"])
    one.send_signal(signal.SIGINT)
    time.sleep(2)
    assert one.poll() is None
    open_gates(world, 1, 2, 3)
    said, _ = one.communicate(timeout=120)
    assert one.returncode == 130, said
    assert "finishing what runs" in said and "cobrex batch retry one" in said
    assert sorted(states(world)) == ["cancelled", "cancelled", "done"]
    assert members(world)["batch"]["state"] == "cancelled"
    assert "cobrex batch retry one" in world.cobrex("reduce", *SCIENCE, "--name", "one", code=4)

    # twice, all at once: nothing half-made stays
    close_gates(world)
    one = world.start("batch", "retry", "one", "-j", "3")
    wait(began(world, 2))
    wait(lambda: states(world).count("running") == 2)
    one.send_signal(signal.SIGINT)
    time.sleep(1)
    one.send_signal(signal.SIGINT)
    said, _ = one.communicate(timeout=120)
    assert one.returncode == 130, said
    assert "ending what runs" in said
    assert sorted(states(world)) == ["cancelled", "cancelled", "done"]
    assert list((world.home / "store/processes/.scratch").iterdir()) == []

    # left to itself, and cancelled by another command
    said = world.cobrex("batch", "retry", "one", "-j", "1", "--detach")
    assert "goes on by itself" in said
    wait(began(world, 1))
    assert "being driven" in world.cobrex("batch", "retry", "one", code=2)
    open_gates(world, 1, 2, 3)
    assert "batch one: cancelled" in world.cobrex("batch", "cancel", "one")
    assert sorted(states(world)) == ["cancelled", "done", "done"]
    log = world.home / "store/batches/one/driver.log"
    wait(lambda: "goes on with: cobrex batch retry one" in log.read_text())
    assert "finishing what runs" in log.read_text()

    # a driver that is killed, and nobody heard of it
    close_gates(world)
    one = world.start("batch", "retry", "one", "--cause", "cancelled")
    wait(lambda: "running" in states(world))
    os.kill(one.pid, signal.SIGKILL)
    one.communicate()
    assert members(world)["batch"]["state"] == "running"
    assert "batch one: cancelled" in world.cobrex("batch", "cancel", "one", "--now")
    assert "nothing of batch one ended by walltime" in world.cobrex(
        "batch", "retry", "one", "--cause", "walltime", code=2
    )
    open_gates(world, 1, 2, 3)
    assert "one: done" in world.cobrex("batch", "retry", "one")
    assert "nothing is left" in world.cobrex("batch", "retry", "one")
    found = members(world)
    assert found["batch"]["state"] == "done"
    made = {s: ends(world, found[s]["key"]) for s in found if s != "batch"}
    assert all(one.count("done") == 1 and one[-1] == "done" for one in made.values()), made
    assert made["flat"] == ["done"]
    _killed_before_its_first_word(world)
    assert {why for one in made.values() for why in one} == {"done", "cancelled"}


def _killed_before_its_first_word(world: World) -> None:
    """What was to drive a batch by itself dies: nobody is told that it goes on."""
    code = (
        "import os, signal; os.setsid = lambda: os.kill(os.getpid(), signal.SIGKILL);"
        "from cobrex.cli.main import main; main()"
    )
    words = ("reduce", "--frame", "TOY_FLAT_RAW", "--force", "--name", "two", "--detach")
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=world.environment(), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "goes on by itself" in done.stdout) == (130, False)
    assert "hint: cobrex batch retry two" in done.stderr
    assert members(world, "two")["batch"]["state"] == "interrupted"


def ends(world: World, key: str) -> list[str]:
    """How each attempt of a process ended."""
    process = json.loads(world.cobrex("process", "show", key, "--json"))
    found = sorted(process["attempts"], key=lambda a: a["number"])
    assert [a["number"] for a in found] == list(range(1, len(found) + 1))
    return [a["reason"] or a["outcome"] for a in found]


def stars(world: World) -> str:
    path = world.folder / "stars.txt"
    path.write_text("\n".join(STARS))
    return str(path)


def open_gates(world: World, *numbers: int) -> None:
    for number in numbers:
        (world.folder / f"gate{number}").touch()


def close_gates(world: World) -> None:
    for gate in world.folder.glob("gate*"):
        gate.unlink()
