"""Reads text files that people hand over: plain ones of a bounded size, in UTF-8."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from cobrex_registry.errors import RegistryError

MAX_BYTES = 4 << 20


def read_file(path: Path) -> bytes:
    """Return the bytes of a file that is UTF-8 text.

    Raises
    ------
    RegistryError
        Of kind ``yaml``: unreadable, no plain file, too large, or not UTF-8.
    """
    try:
        data = _bounded(path)
        data.decode("utf-8-sig")
    except OSError as error:
        raise RegistryError(
            f"{path} cannot be read: {error.strerror or error}",
            kind="yaml",
            hint="see that the file exists and may be read",
        ) from error
    except UnicodeDecodeError as error:
        raise RegistryError(
            f"{path}: not UTF-8 at byte {error.start}",
            kind="yaml",
            hint="save the file as UTF-8 text",
        ) from error
    return data


def _bounded(path: Path) -> bytes:
    # a FIFO would be waited for, a device never ends
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"larger than {MAX_BYTES} bytes")
    return data
