"""The trash: what goes is renamed into it first, so that nothing is ever half there."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cobrex.errors import UsageError
from cobrex_registry.discard import discard
from cobrex_registry.held import held

FOLDER = ".trash"
_LOCK = "lock"


@contextmanager
def alone(area: Path) -> Iterator[Path]:
    """Hold the trash of an area: two commands that clean would undo each other's care.

    Parameters
    ----------
    area : pathlib.Path
        A folder of the store.

    Yields
    ------
    pathlib.Path
        The trash.

    Raises
    ------
    UsageError
        Kind ``cleaning``: another command holds it. Kind ``trash``: it is no folder of the store.
    """
    trash = own(area)
    other = UsageError(
        f"{area} is being cleaned by another command",
        hint="wait for it, then give the command again",
        kind="cleaning",
    )
    with held(trash / _LOCK, instead=other):
        yield trash


def own(area: Path) -> Path:
    """Return the trash of an area, made if need be; a link would lead out of the store.

    Parameters
    ----------
    area : pathlib.Path

    Returns
    -------
    pathlib.Path

    Raises
    ------
    UsageError
        Kind ``trash``.
    """
    trash = area / FOLDER
    if trash.is_symlink() or (trash.exists() and not trash.is_dir()):
        raise UsageError(
            f"{trash} is no folder", hint="see who made it, and move it away", kind="trash"
        )
    trash.mkdir(parents=True, exist_ok=True)
    return trash


def throw(paths: list[Path], area: Path) -> int:
    """Remove files and folders: each is gone from its place at once, or still whole in it.

    Parameters
    ----------
    paths : list of pathlib.Path
        In the area, on its file system; what is not there any more is passed over.
    area : pathlib.Path

    Returns
    -------
    int
        How many could not be moved: they belong to somebody else.
    """
    bin_ = own(area) / uuid.uuid4().hex
    bin_.mkdir()
    refused = 0
    for number, path in enumerate(paths):
        try:
            _movable(path)
            path.rename(bin_ / f"{number}")
        except FileNotFoundError:
            continue
        except OSError:
            refused += 1
    discard(bin_)
    return refused


def _movable(path: Path) -> None:
    """A folder takes its entry `..` along, which wants leave to write in it."""
    facts = path.lstat()
    if stat.S_ISDIR(facts.st_mode) and not facts.st_mode & stat.S_IWUSR:
        path.chmod(stat.S_IMODE(facts.st_mode) | stat.S_IRWXU)


def empty_all(area: Path) -> None:
    """Remove what commands that were killed have left in the trash of an area."""
    for entry in own(area).iterdir():
        if entry.is_dir() and not entry.is_symlink():
            discard(entry)


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder; links count as such.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    int
        0 when it is not there.
    """
    try:
        total = path.lstat().st_size
    except OSError:
        return 0
    if path.is_symlink() or not path.is_dir():
        return total
    found = 0
    for parent, _, names in os.walk(path):
        for name in names:
            try:
                found += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118
            except OSError:
                continue
    return found
