"""The last lines of a recipe's log."""

from __future__ import annotations

import os
import re
from pathlib import Path

LINES = 30
_BYTES = 32_768
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")


def log_tail(folder: Path, lines: int = LINES) -> str:
    """Read the end of ``recipe.log``.

    Parameters
    ----------
    folder : pathlib.Path
        The attempt's folder.
    lines : int
        How many lines.

    Returns
    -------
    str
        Without terminal colours; empty when there is no log. A line longer than 32 kB is cut at
        its start.
    """
    try:
        with (folder / "recipe.log").open("rb") as stream:
            stream.seek(max(0, os.fstat(stream.fileno()).st_size - _BYTES))
            text = stream.read(_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    plain = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(plain.rstrip().split("\n")[-lines:])
