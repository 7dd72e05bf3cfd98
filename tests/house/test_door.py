"""The door: errors in two lines, exit codes of the settled list, no traceback on the terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import warm_cobrex
from own_python import environment, python


@pytest.fixture
def door(tmp_path: Path):
    """Run the door with an app that does one thing."""

    def run(body: str):
        code = (
            "import sys\n"
            "import typer\n"
            "from cobrex.cli.main import run\n"
            "app = typer.Typer(pretty_exceptions_enable=False)\n"
            "@app.command()\n"
            f"def act() -> int:\n    {body}\n"
            "sys.argv = ['cobrex']\n"
            "sys.exit(run(app))\n"
        )
        environ = {"COBREX_HOME": str(tmp_path / "home")}
        return python("-c", code, cwd=tmp_path, environ=environ)

    return run


def test_a_bug_leaves_a_log_and_no_traceback(door, tmp_path):
    done = door("raise RuntimeError('the shutter fell off')")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "RuntimeError: the shutter fell off" in done.stderr
    (log,) = (tmp_path / "home" / "logs").glob("bug-*.log")
    assert str(log) in done.stderr
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "sqlalchemy " in text


def test_a_bug_in_a_home_that_cannot_be_written_is_not_lost(door, tmp_path):
    (tmp_path / "home").write_text("no folder")
    done = door("raise RuntimeError('lost')")
    assert done.returncode == 1
    assert "RuntimeError: lost" in done.stderr


def test_what_a_command_returns_is_its_exit_code(door):
    assert door("return 6").returncode == 6
    assert door("return 0").returncode == 0
    assert door("raise typer.Exit(5)").returncode == 5


def test_an_error_is_two_lines(door):
    done = door(
        "from cobrex.errors import PlanError; raise PlanError('nothing there', hint='import it')"
    )
    assert done.returncode == 5
    assert done.stderr == "error: nothing there\nhint: import it\n"
    assert done.stdout == ""


def test_an_interrupt_is_130(door):
    done = door("raise KeyboardInterrupt")
    assert done.returncode == 130
    assert done.stderr.startswith("error: interrupted\n")


CODES = {
    2: [
        ("reduce",),
        ("find", "--json", "--csv"),
        ("find", "--nonsense"),
        ("import",),
        ("nonsense",),
        ("reduce", "--frame", "IFS_ASTROMETRY_RWA"),
        ("reduce", "--frame", "IFS_ASTROMETRY_RAW", "--set", "detection_sigma"),
    ],
    3: [
        ("recipe", "show", "nosuch"),
        ("recipe", "show", "ifs_specpos@9"),
        ("recipe", "lint", "nosuch"),
        ("reduce", "--frame", "IFS_SPECPOS_RAW", "--set", "nosuch=1"),
        ("reduce", "--frame", "IFS_SPECPOS_RAW", "--preset", "nosuch"),
    ],
    4: [
        ("show", "999"),
        ("find", "--star", "HR 999999"),
        ("batch", "show", "nosuch"),
        ("process", "show", "nosuchkey"),
        ("import", "nosuch"),
    ],
    5: [("reduce", "--frame", "IFS_SPECPOS_RAW"), ("reduce", "--recipe", "adi_pca")],
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A home whose registry and catalogue are made once."""
    folder = tmp_path_factory.mktemp("door")
    environ = {"COBREX_HOME": str(folder / "home"), "COLUMNS": "100"}
    for words in (("recipe", "list"), ("star", "show", "HR100")):
        assert python("-m", "cobrex", *words, cwd=folder, environ=environ).returncode == 0
    return folder, environ


@pytest.mark.parametrize(
    ("code", "words"),
    [(code, words) for code, many in CODES.items() for words in many],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_exit_codes(shared, code, words, monkeypatch):
    folder, environ = shared
    monkeypatch.chdir(folder)
    done = warm_cobrex.run(words, environment(environ), 300.0)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "rror" in done.stderr
    assert not (folder / "home" / "logs").exists()


def test_a_wrong_settings_file_is_named(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "cobrex.toml").write_text("databse_url = 'x'\n")
    done = python("-m", "cobrex", "find", cwd=tmp_path, environ={"COBREX_HOME": str(home)})
    assert done.returncode == 2
    assert "databse_url" in done.stderr
    assert "cobrex.toml" in done.stderr


def test_a_closed_pipe_is_no_error(shared):
    folder, environ = shared
    # much more than a pipe holds, to a reader that is gone
    code = (
        "import sys\n"
        "import typer\n"
        "from cobrex.cli.main import run\n"
        "from cobrex.cli.output import say\n"
        "app = typer.Typer()\n"
        "@app.command()\n"
        "def act() -> None:\n"
        "    sys.stdin.read()\n"
        "    say(*('frames',) * 200_000)\n"
        "sys.argv = ['cobrex']\n"
        "sys.exit(run(app))\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, env=environment(environ),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin and child.stdout and child.stderr
    child.stdout.close()
    child.stdin.close()
    said = child.stderr.read()
    assert child.wait(timeout=240) == 0
    assert said == b""
    child.stderr.close()


def test_ctrl_c_while_a_command_works(shared):
    folder, environ = shared
    fifo = folder / "list"
    if not fifo.exists():
        os.mkfifo(fifo)
    # reading a list from a pipe that nobody writes: it waits where a person can interrupt it
    child = subprocess.Popen(
        [sys.executable, "-m", "cobrex", "find", "--star", f"@{fifo}"], cwd=folder,
        env=environment(environ), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with fifo.open("w"):  # opens only when the command reads
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        said = child.communicate(timeout=240)
    assert child.returncode == 130, said
    assert said[1].endswith(
        "error: interrupted\nhint: the same command goes on where this one stopped\n"
    )
