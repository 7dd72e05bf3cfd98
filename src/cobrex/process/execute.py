"""Runs a recipe's command: its own process group, its own log, what it used."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

LOG = "recipe.log"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class Execution:
    """How a command ended.

    Attributes
    ----------
    exit_code : int
        Negative: the signal that ended it.
    cpu_s : float
        User and system time of the command and all it started, seconds.
    memory_bytes : int
        Largest resident size of one of its processes.
    elapsed_s : float
    timed_out : bool
    """

    exit_code: int
    cpu_s: float
    memory_bytes: int
    elapsed_s: float
    timed_out: bool


def execute(
    argv: Sequence[str], *, folder: Path, environment: Mapping[str, str], walltime_s: float
) -> Execution:
    """Run a command in a folder; never through a shell.

    Parameters
    ----------
    argv : sequence of str
    folder : pathlib.Path
        Working directory; output goes to ``recipe.log`` in it.
    environment : mapping of str to str
        The whole environment of the command.
    walltime_s : float
        After that many seconds it is ended.

    Returns
    -------
    Execution

    Raises
    ------
    OSError
        When the command cannot be started.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    with (folder / LOG).open("wb") as log:
        child = subprocess.Popen(
            list(argv),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 no other thread runs here
        )
        with _ended_with_us(child):
            timed_out = _wait(child, walltime_s)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Execution(
        exit_code=child.returncode,
        cpu_s=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        memory_bytes=after.ru_maxrss * 1024,
        elapsed_s=time.monotonic() - start,
        timed_out=timed_out,
    )


def _die_with_parent() -> None:
    """Ask Linux to end the command when we are killed: an orphan would go on writing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait(child: subprocess.Popen[bytes], walltime_s: float) -> bool:
    try:
        child.wait(timeout=walltime_s)
    except subprocess.TimeoutExpired:
        _end(child)
        return True
    _kill_group(child, signal.SIGKILL)  # what it left running
    return False


def _end(child: subprocess.Popen[bytes]) -> None:
    _kill_group(child, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=5)
    _kill_group(child, signal.SIGKILL)
    child.wait()


def _kill_group(child: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


class _ended_with_us:  # noqa: N801 reads as a sentence
    """While it is open, the signals that end us end the command first."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self.child = child
        self.before: dict[int, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                self.before[number] = signal.signal(number, self._pass_on)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        _end(self.child)
        raise KeyboardInterrupt

    def __exit__(self, *unused: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)


def tail(path: Path, *, lines: int = 20, limit: int = 65536) -> list[str]:
    """Return the last lines of a log.

    Parameters
    ----------
    path : pathlib.Path
    lines : int
        At most so many.
    limit : int
        Bytes read from the end.

    Returns
    -------
    list of str
    """
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - limit))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    return text.splitlines()[-lines:]
