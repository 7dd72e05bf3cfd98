"""Small files that anybody may have laid where they are read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_BYTES = 4096


def plain_text(path: Path) -> str:
    """Read the beginning of a file; a FIFO that somebody laid there is not waited for.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    str
        At most 4 KiB of it.

    Raises
    ------
    OSError
        It cannot be read, or is a link or no plain file.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        return stream.read(MOST_BYTES).decode("utf-8", errors="replace")
