"""Working on a node's own disk: a folder there, its room, what the dead left, the way home."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .failure import AttemptError
from .scratch import is_abandoned, new_name

_FULL = (errno.ENOSPC, errno.EDQUOT)


def work_place(said: str) -> Path:
    """Make an empty private folder on the node's own disk.

    Parameters
    ----------
    said : str
        The site's scratch folder, such as ``/scratch`` or ``$TMPDIR``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    AttemptError
        ``not-started``: it is not there, or not ours to use.
    """
    folder = _own(said) / new_name()
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise _unusable(said, error.strerror or str(error)) from error
    return folder


def clear_abandoned(said: str) -> None:
    """Remove what processes of ours left on this node's disk that have ended.

    Parameters
    ----------
    said : str
        The site's scratch folder; that it is not there hinders nothing.
    """
    with suppress(OSError, AttemptError):
        for folder in _own(said).iterdir():
            if is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _own(said: str) -> Path:
    """The folder below a site's scratch folder that is ours alone; everybody may write above."""
    place = os.path.expandvars(said)
    if "$" in place or not place.startswith("/"):
        raise _unusable(said, "no such folder")
    folder = Path(place) / f"cobrex-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
    except OSError as error:
        raise _unusable(said, error.strerror or str(error)) from error
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise _unusable(said, f"{folder} belongs to somebody else")
    return folder


def _unusable(said: str, why: str) -> AttemptError:
    return AttemptError(
        "not-started",
        f"the site's scratch folder {said} cannot be used on {socket.gethostname()}: {why}; "
        "it is set in cobrex.toml, [site] scratch",
    )


def demand_room(folder: Path, wanted_mb: int) -> None:
    """Refuse to begin where there is less room than a process may use.

    Parameters
    ----------
    folder : pathlib.Path
    wanted_mb : int
        MiB.

    Raises
    ------
    AttemptError
        ``disk-full``: where, how much there is, how much is wanted.
    """
    if shutil.disk_usage(folder).free >> 20 < wanted_mb:
        raise AttemptError(
            "disk-full",
            f"{room(folder)}, {wanted_mb} MiB are asked for (scratch)",
        )


def where(folder: Path) -> str:
    """Return a folder's file system in words: ``node3:/scratch``."""
    place = folder
    while not place.is_mount() and place != place.parent:
        place = place.parent
    return f"{socket.gethostname()}:{place}"


def failed_to_write(error: OSError, folder: Path) -> AttemptError:
    """Return the failure of an attempt that could not read or write.

    Parameters
    ----------
    error : OSError
    folder : pathlib.Path
        Where it worked.

    Returns
    -------
    AttemptError
        ``disk-full``, or ``disk-error``: it failed, is gone, or may not be written.
    """
    written = error.filename2 or error.filename  # of a copy the second is what could not grow
    named = Path(os.fsdecode(written)).parent if written else folder
    there = named if named.is_dir() else folder
    if error.errno in _FULL:
        return AttemptError("disk-full", f"{error.strerror}: {room(there)}")
    return AttemptError("disk-error", f"{where(there)}: {error}")


def room(folder: Path) -> str:
    """Return how much room there is, in words: ``node3:/scratch has 3 MiB free``."""
    free = shutil.disk_usage(folder).free >> 20 if folder.is_dir() else 0
    return f"{where(folder)} has {free} MiB free"


def ran_out(lines: Sequence[str], folder: Path) -> bool:
    """Tell whether a recipe that failed had no room left: by its last words, or by the disk.

    Parameters
    ----------
    lines : sequence of str
        End of its log.
    folder : pathlib.Path
        Where it worked.
    """
    if any(os.strerror(number) in line for number in _FULL for line in lines):
        return True
    return folder.is_dir() and shutil.disk_usage(folder).free < 1 << 16


def bring_home(scratch: Path, home: Path) -> None:
    """Copy all that is left of an attempt from a node's disk into the store.

    Parameters
    ----------
    scratch, home : pathlib.Path
        Private folders there and in the store.

    Raises
    ------
    OSError
        The store is full, or gone.
    """
    for here in scratch.iterdir():
        there = home / here.name
        if here.is_dir() and not here.is_symlink():
            shutil.copytree(here, there, symlinks=True)
        else:
            there.unlink(missing_ok=True)  # the log was a link, for who follows it
            shutil.copy2(here, there, follow_symlinks=False)
