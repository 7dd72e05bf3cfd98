"""A real batch as it is watched while it runs, and what its end tells of many failures alike."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from toy_world import World, build

BROKEN = 6


def watched(world: World) -> dict[str, Any]:
    return json.loads(world.cobrex("batch", "watch", "survey", "--json"))


def test_a_batch_is_watched_and_its_failures_are_told_as_one(tmp_path: Path) -> None:
    world = build(tmp_path / "w")
    gate = tmp_path / "gate"
    world.frame("slow", "FLAT", day=1, UNTIL=str(gate))
    for number in range(BROKEN):
        world.frame(f"bad{number}", "FLAT", day=3 + number, BROKEN=True)
    world.cobrex("import", str(world.data))
    words = ("reduce", "--frame", "TOY_FLAT_RAW", "--name", "survey", "-j", "2")
    driver = world.start(*words)
    deadline = time.monotonic() + 240
    folder = world.home / "store" / "batches" / "survey"
    while not (folder / "driver.json").exists():
        assert time.monotonic() < deadline and driver.poll() is None
        time.sleep(0.1)
    now = watched(world)
    while now["counts"].get("failed", 0) < BROKEN or not now["running"]:
        assert time.monotonic() < deadline and driver.poll() is None, now
        now = watched(world)
    assert (now["state"], now["driven"], now["counts"]["total"]) == ("running", True, BROKEN + 1)
    (slow,) = now["running"]
    assert slow["recipe"] == "main/toy_flat"
    assert (slow["host"], slow["since"]) != (None, None)
    watching = world.start("batch", "watch", "survey")
    assert "survey running: 6/7 (1 running, 6 failed)" in watching.stdout.readline()
    gate.touch()
    said, _ = driver.communicate(timeout=240)
    assert driver.returncode == 6, said
    watching.communicate(timeout=240)
    assert watching.returncode == 6
    (failed,) = [line for line in said.splitlines() if line.startswith("failed")]
    assert failed.startswith(f"failed  {BROKEN} x toy_flat@1.0.0: recipe-error: exit code #: the")
    assert said.count("look: cobrex process logs") == 1
    shown = world.cobrex("batch", "show", "survey")
    assert f"failed    {BROKEN} x toy_flat@1.0.0 recipe-error: exit code #: the shutter" in shown
    assert len((folder / "processes.csv").read_text().splitlines()) == BROKEN + 2
    assert "Kinds of failure (1)" in (folder / "failures.html").read_text()
    ended = watched(world)
    assert (ended["state"], ended["driven"], ended["running"]) == ("failed", False, [])
    assert ended["counts"]["done"] == 1
