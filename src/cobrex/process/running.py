"""Which attempts run now, and in which scratch folders: what `process logs -f` looks up."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .plain_text import plain_text
from .scratch import is_abandoned

_MARKS = ".running"  # never in a scratch folder: a recipe's patterns may match what is there


@dataclass(frozen=True, slots=True)
class Running:
    """An attempt that is being made.

    Attributes
    ----------
    key : str
    attempt : int
    scratch : pathlib.Path
    folder : str
        Where it will lie, relative to the store.
    """

    key: str
    attempt: int
    scratch: Path
    folder: str

    @property
    def ended(self) -> bool:
        """Whether it was committed, or its process has died on this host."""
        return not self.scratch.is_dir() or is_abandoned(self.scratch)


def mark(scratch: Path, key: str, attempt: int, folder: str) -> None:
    """Say what is made in a scratch folder; that it cannot be said hinders nothing.

    Parameters
    ----------
    scratch : pathlib.Path
    key : str
    attempt : int
    folder : str
        Where it will lie, relative to the store.
    """
    path = _mark(scratch)
    partial = path.with_name(f".{path.name}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        said = {"key": key, "attempt": attempt, "folder": folder}
        partial.write_text(json.dumps(said), encoding="ascii")
        partial.rename(path)


def unmark(scratch: Path) -> None:
    """Say that it is made no longer."""
    with suppress(OSError):
        _mark(scratch).unlink(missing_ok=True)


def find(store: Path, key: str) -> Running | None:
    """Return the attempt of a process that runs now.

    Parameters
    ----------
    store : pathlib.Path
    key : str

    Returns
    -------
    Running or None
        The latest, when there are several; marks of dead processes are removed.
    """
    found = [r for r in _all(store) if r.key == key]
    return max(found, key=lambda r: r.attempt, default=None)


def _all(store: Path) -> list[Running]:
    folder = store / "processes" / ".scratch"
    running = []
    with suppress(OSError):
        for path in _mark(folder / "any").parent.iterdir():
            if path.name.startswith("."):
                continue
            with suppress(OSError, ValueError, LookupError, TypeError):
                said = json.loads(plain_text(path))
                scratch, where = folder / path.name, str(said["folder"])
                one = Running(str(said["key"]), int(said["attempt"]), scratch, where)
                if one.ended:
                    unmark(one.scratch)
                else:
                    running.append(one)
    return running


def _mark(scratch: Path) -> Path:
    return scratch.parents[1] / _MARKS / scratch.name
