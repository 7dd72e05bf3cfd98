"""Runs a recipe's command: its own process group, its own log, what it used."""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from .watchman import watchman

LOG = "recipe.log"
_LONGEST_POLL_S = 86_400.0


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
        )
        guard = watchman()
        guard.watch(child.pid)
        with _ended_with_us(child):
            used, timed_out = _wait(child, walltime_s)
        guard.watch(None)
    return Execution(
        exit_code=child.returncode,
        cpu_s=used.ru_utime + used.ru_stime,
        memory_bytes=used.ru_maxrss * 1024,
        elapsed_s=time.monotonic() - start,
        timed_out=timed_out,
    )


def _wait(child: subprocess.Popen[bytes], walltime_s: float) -> tuple[resource.struct_rusage, bool]:
    """Wait for a command and end what it left running; what it used, and whether it was late."""
    used = _reaped(child, walltime_s)
    if used is not None:
        _kill_group(child, signal.SIGKILL)  # what it left running
        return used, False
    return _end(child), True


def _end(child: subprocess.Popen[bytes]) -> resource.struct_rusage:
    _kill_group(child, signal.SIGTERM)
    used = _reaped(child, 5.0)
    _kill_group(child, signal.SIGKILL)
    while used is None:
        used = _reaped(child, _LONGEST_POLL_S)
    return used


def _reaped(child: subprocess.Popen[bytes], patience_s: float) -> resource.struct_rusage | None:
    """Wait for a command; what it and all it waited for used, None when it goes on."""
    until = time.monotonic() + patience_s
    _sleep_until_ended(child.pid, patience_s)
    pause = 0.001
    while True:
        # of this child alone: what all children used would hide that a later one used less
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return used
        if (left := until - time.monotonic()) <= 0:
            return None
        time.sleep(min(pause, left))
        pause = min(2 * pause, 0.05)


def _sleep_until_ended(pid: int, patience_s: float) -> None:
    """Sleep until a child has ended or that time is over; not at all where the kernel is old."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll(min(patience_s, _LONGEST_POLL_S) * 1000)
    finally:
        os.close(descriptor)


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
        if self.child.returncode is None:
            with suppress(ChildProcessError):  # it was reaped just now
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
