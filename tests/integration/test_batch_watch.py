"""A batch is watched on a real terminal, left, joined again, and told in a pipe."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from batch_rows import Row, begin, key
from sqlalchemy import Engine
from terminal import Terminal
from toy_world import World

from cobrex_db import schema as s
from cobrex_db.engine import open_catalogue, transact
from cobrex_db.people import utc_now

Watch = Callable[..., Terminal]
HOSTILE = "lamp \x1b[2J1 was \n off"
ROWS = [
    *(Row("toy_flat", f"HR {n}", "done", took_s=40, ended_s=n) for n in range(10, 40)),
    Row("toy_flat", "HR 100", "failed", cause="recipe-error", message=HOSTILE, ended_s=5),
    Row("toy_science", "HR 100", "blocked", cause="input-failed", blocked_by=30),
    Row("toy_science", "HR 10", "running", took_s=90, ended_s=0),
    *(Row("toy_science", f"HR {n}", "waiting") for n in range(11, 40)),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def engine(world: World) -> Engine:
    began = utc_now() - timedelta(hours=1)
    opened = open_catalogue(f"sqlite:///{world.home / 'store' / 'catalogue.sqlite'}")
    transact(opened, lambda c: begin(c, ROWS, profile="slurm", started=began))
    return opened


def now(engine: Engine, **values: object) -> None:
    """Let the driver have written something."""
    transact(engine, lambda c: c.execute(s.batch.update().values(**values)))


@pytest.fixture
def watch(world: World) -> Watch:
    argv, environment = world.argv("batch", "watch", "survey"), world.environment()
    return lambda columns, lines=40: Terminal(argv, environment, columns, lines)


def test_a_batch_is_left_and_joined_again(engine: Engine, watch: Watch) -> None:
    with watch(80) as terminal:
        terminal.expect("q or ^C leaves; the batch goes on")
        assert not terminal.echoes
        terminal.press("q")
        assert terminal.ended() == 130
        assert "left; batch survey goes on" in terminal.text
        assert terminal.echoes
        lines = terminal.text.splitlines()
        assert max(map(len, lines)) < 80
        assert "survey  running  slurm from head1" in lines[0]
        assert any(line.endswith("32/62") for line in lines)
        assert any("a minute, about" in line and "left, until" in line for line in lines)
        (slow,) = {line for line in lines if line.startswith(key(33)[:8])}
        assert "toy_science" in slow and "node7" in slow and "1 min 3" in slow
        assert "lamp ?[2J1 was off" in terminal.text
        assert "\x1b[2J" not in terminal.said
    with watch(200) as terminal:
        terminal.expect("q or ^C leaves")
        assert "━━━" in next(x for x in terminal.text.splitlines() if x.startswith("toy_flat"))
        terminal.press("\x03")
        assert terminal.ended() == 130
        assert "left; batch survey goes on" in terminal.text
        assert "Traceback" not in terminal.text
    with watch(120, 9) as terminal:  # how to leave is said on a low one too
        terminal.expect("q or ^C leaves")
        now(engine, state="failed", ended=utc_now())
        assert terminal.ended() == 6
        assert "survey  failed  slurm" in terminal.text
        assert terminal.echoes


def test_in_a_pipe_there_are_lines(engine: Engine, world: World) -> None:
    once = world.cobrex("batch", "watch", "--once")
    assert "survey  running" in once and "\x1b" not in once
    plain = json.loads(world.cobrex("batch", "watch", "--json"))
    assert plain["driven"] is True
    assert plain["counts"]["waiting"] == 29
    assert plain["per_minute"] > 0
    (slow,) = plain["running"]
    assert (slow["key"], slow["host"]) == (key(33), "node7")
    assert [f["key"] for f in plain["failures"]] == [key(31)]
    now(engine, heartbeat=utc_now() - timedelta(minutes=5))
    said = world.cobrex("batch", "watch", "survey", code=130)
    assert "survey running: 32/62 (1 running, 1 failed, 1 blocked)" in said
    assert "nobody drives it: cobrex batch retry survey goes on" in said
    now(engine, heartbeat=utc_now())
    watching = world.start("batch", "watch")
    first = watching.stdout.readline()
    now(engine, state="done", ended=utc_now())
    rest, _ = watching.communicate(timeout=120)
    assert ("running" in first, watching.returncode) == (True, 0)
    assert "survey done: 32/62" in rest
