"""A lock that the kernel lets go of when its holders are dead."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


@contextmanager
def held(path: Path, *, instead: Exception | None = None) -> Iterator[int]:
    """Hold a lock file alone.

    Parameters
    ----------
    path : pathlib.Path
        Made when it is not there; it stays.
    instead : Exception, optional
        Raised when somebody else holds it; without it that is waited for.

    Yields
    ------
    int
        Its descriptor: what inherits it holds the lock too.

    Raises
    ------
    OSError
        It cannot be opened, or is a link.
    """
    descriptor = os.open(path, _FLAGS, 0o664)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if instead else 0))
        except BlockingIOError:
            assert instead is not None
            raise instead from None
        yield descriptor
    finally:
        os.close(descriptor)
