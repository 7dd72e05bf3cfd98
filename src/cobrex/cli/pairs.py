"""Words of the command line that stand for several: key=value pairs, @file lists."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable

from cobrex.errors import UsageError

MAX_BYTES = 64 << 20


def pairs(words: Iterable[str], option: str = "--set") -> dict[str, str]:
    """Read ``key=value`` words.

    Parameters
    ----------
    words : iterable of str
    option : str
        Named in messages.

    Returns
    -------
    dict of str to str

    Raises
    ------
    UsageError
        Kind ``pair``: no ``=``, or a key given twice.
    """
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"{option} {word!r} is not key=value",
                hint=f"like {option} KEY=VALUE; quotes keep blanks together",
                kind="pair",
            )
        if key.strip() in found:
            raise UsageError(
                f"{option} gives {key.strip()!r} twice", hint="leave one out", kind="pair"
            )
        found[key.strip()] = value
    return found


def _text(name: str) -> str:
    try:
        # a FIFO without a writer is not waited for
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            os.set_blocking(descriptor, True)
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise OSError(errno.EFBIG, f"larger than {MAX_BYTES:,} bytes")
        return data.decode("utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the list {name} cannot be read: {getattr(error, 'strerror', None) or error}",
            hint="a text file, one name a line",
            kind="list-file",
        ) from error


def expand(words: Iterable[str]) -> list[str]:
    """Replace every ``@file`` by the lines of that file; empty lines and # lines are left out.

    Parameters
    ----------
    words : iterable of str

    Returns
    -------
    list of str

    Raises
    ------
    UsageError
        Kind ``list-file``: it cannot be read, or names nothing.
    """
    found: list[str] = []
    for word in words:
        if not word.startswith("@"):
            found.append(word)
            continue
        lines = (line.strip() for line in _text(word[1:]).splitlines())
        named = [line for line in lines if line and not line.startswith("#")]
        if not named:
            # nothing named would mean everything
            raise UsageError(
                f"the list {word[1:]} names nothing",
                hint="a text file, one name a line",
                kind="list-file",
            )
        found += named
    return found
