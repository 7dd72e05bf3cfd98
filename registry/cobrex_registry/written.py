"""Files written whole or not at all: beside their place, to disk, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace(
    path: Path, data: bytes, mode: int | None = None, *, beside: Path | None = None
) -> None:
    """Write a file in the place of what is there; killed at any instant, the old one stays.

    Parameters
    ----------
    path : pathlib.Path
        Where; its folder exists.
    data : bytes
        Contents.
    mode : int, optional
        Permissions; those the caller's umask leaves by default.
    beside : pathlib.Path, optional
        Folder of the same disk that holds it until it is complete; its own by default.

    Raises
    ------
    OSError
        When it cannot be written; nothing is left behind.
    """
    temporary = _temporary(path, data, mode, beside)
    try:
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def create(path: Path, data: bytes) -> None:
    """Write a file where nothing is.

    Parameters
    ----------
    path : pathlib.Path
        Where; its folder exists.
    data : bytes
        Contents.

    Raises
    ------
    OSError
        When something is there, or it cannot be written; nothing is left behind.
    """
    temporary = _temporary(path, data, None, None)
    try:
        path.hardlink_to(temporary)  # unlike a rename it fails when something is there
    finally:
        temporary.unlink()


def umask() -> int:
    """Return what the caller takes from the permissions of new files."""
    now = os.umask(0o022)
    os.umask(now)
    return now


def _temporary(path: Path, data: bytes, mode: int | None, beside: Path | None) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:200]}.", dir=beside or path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~umask() if mode is None else mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
