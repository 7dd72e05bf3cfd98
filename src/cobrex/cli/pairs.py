"""Words of the command line that stand for several: key=value pairs, @file lists."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cobrex.errors import UsageError


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
                hint=f"like {option} detection_sigma=6",
                kind="pair",
            )
        if key.strip() in found:
            raise UsageError(
                f"{option} gives {key.strip()!r} twice", hint="leave one out", kind="pair"
            )
        found[key.strip()] = value
    return found


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
        Kind ``list-file``: it cannot be read.
    """
    found: list[str] = []
    for word in words:
        if not word.startswith("@"):
            found.append(word)
            continue
        try:
            text = Path(word[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"the list {word[1:]} cannot be read: {error}",
                hint="a text file, one name a line",
                kind="list-file",
            ) from error
        lines = (line.strip() for line in text.splitlines())
        found += [line for line in lines if line and not line.startswith("#")]
    return found
