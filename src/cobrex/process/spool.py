"""The spool of a batch: a runner tells its driver what it does, and is told to stop."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cobrex_registry.discard import discard

from .plain_text import plain_text
from .record import now

FOLDER = "spool"
STOP = "stop"
DRAIN, NOW = "drain", "now"
_FILE = re.compile(r"([A-Za-z0-9_-]{43})\.(started|ended)")


@dataclass(frozen=True, slots=True)
class Started:
    """What a runner says before it makes a process.

    Attributes
    ----------
    chunk : int
    job : str
        Of SLURM; empty elsewhere.
    host : str
    pid : int
        Of the runner.
    at : str
        UTC, ISO.
    """

    chunk: int
    job: str
    host: str
    pid: int
    at: str


class Spool:
    """The spool of one batch.

    Parameters
    ----------
    batch : pathlib.Path
        Folder of the batch.
    """

    def __init__(self, batch: Path) -> None:
        self.batch = batch
        self.folder = batch / FOLDER

    def start(self, key: str, chunk: int) -> None:
        """Say that a process begins to be made here."""
        said = {
            "chunk": chunk,
            "job": os.environ.get("SLURM_JOB_ID", ""),
            "host": os.environ.get("SLURMD_NODENAME") or socket.gethostname(),
            "pid": os.getpid(),
            "at": now(),
        }
        partial = self.folder / f".{key}.{os.getpid()}"
        partial.write_text(json.dumps(said), encoding="utf-8")
        _put(partial, self.folder / f"{key}.started")

    def end(self, key: str) -> None:
        """Say that the record of a process lies in the store."""
        (self.folder / f"{key}.ended").touch()

    def look(self) -> tuple[list[str], list[str]]:
        """Return the keys of what has started, and of what has ended."""
        found: dict[str, list[str]] = {"started": [], "ended": []}
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            for entry in entries:
                if match := _FILE.fullmatch(entry.name):
                    found[match[2]].append(match[1])
        return found["started"], found["ended"]

    def started(self, key: str) -> Started | None:
        """Return what was said of the beginning of a process; None when nothing can be read."""
        try:
            said: Any = json.loads(plain_text(self.folder / f"{key}.started"))
            return Started(
                int(said["chunk"]),
                str(said["job"])[:64],
                str(said["host"])[:190],
                int(said["pid"]),
                str(said["at"]),
            )
        except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
            return None

    def forget(self, keys: Iterable[str]) -> None:
        """Remove what was said of processes."""
        for key in keys:
            for what in ("started", "ended"):
                _remove(self.folder / f"{key}.{what}")

    def clear(self) -> None:
        """Begin anew: a spool without files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for entry in self.folder.iterdir():
            _remove(entry)

    def go_on(self) -> None:
        """Nobody is told to stop any more."""
        _remove(self.batch / STOP)

    def stop(self, how: str) -> None:
        """Tell runners and driver to stop.

        Parameters
        ----------
        how : str
            ``drain``: finish what is being made; ``now``: end it.
        """
        partial = self.batch / f".{STOP}.{os.getpid()}"
        partial.write_text(how, encoding="ascii")
        _put(partial, self.batch / STOP)

    def stopped(self) -> str:
        """Return how to stop; empty when nobody said so."""
        try:
            said = plain_text(self.batch / STOP).strip()
        except OSError:
            return ""
        return NOW if said == NOW else DRAIN


def _put(partial: Path, there: Path) -> None:
    """Put a written file in its place, whatever somebody laid there."""
    try:
        partial.replace(there)
    except IsADirectoryError:
        _remove(there)
        partial.replace(there)


def _remove(path: Path) -> None:
    """Remove a file; a folder that somebody laid in its place goes with all in it."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        if path.is_symlink() or not path.is_dir():
            raise
        discard(path)
