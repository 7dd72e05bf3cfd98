"""Reads a JSON file of the store: a plain one, of bounded size, whoever wrote it."""

from __future__ import annotations

import json
import os
import re
import stat
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

MOST_BYTES = 64 * 1024 * 1024
_MOST = 2**63 - 1
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    object

    Raises
    ------
    OSError
        It cannot be read, or is a link.
    ValueError
        It is no plain file, too large, not UTF-8, or no JSON; it holds a number or a character
        that no database takes.
    """
    # a FIFO would be waited for
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as stream:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise ValueError("it is no plain file")
        if facts.st_size > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
        text = stream.read(MOST_BYTES + 1).decode("utf-8")
    try:
        found = json.loads(text, parse_constant=_refuse, parse_int=_whole, parse_float=_finite)
        if _HALF.search(text):  # half a character, unless the other half follows
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return found


def _whole(word: str) -> int:
    found = int(word)
    return found if -_MOST <= found <= _MOST else _refuse(word[:20])


def _finite(word: str) -> float:
    found = float(word)
    return found if isfinite(found) else _refuse(word)


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number that is taken")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("w", encoding="utf-8") as stream:
            json.dump(value, stream, ensure_ascii=False, allow_nan=False)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
