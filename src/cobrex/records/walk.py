"""Finds the records in a store, whatever else lies there; never follows a link."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,189}")
_SHARD = re.compile(r"[A-Za-z0-9_-]{2}")
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
_NUMBER = re.compile(r"[0-9]{4,9}")
#: NAMESPACE/RECIPE/VERSION/KK/KEY/NNNN
_LEVELS = (_NAME, _NAME, _NAME, _SHARD, _KEY, _NUMBER)


def attempts(processes: Path) -> Iterator[Path]:
    """Yield the folders of attempts, in the order of their names.

    Parameters
    ----------
    processes : pathlib.Path
        ``STORE/processes``.

    Yields
    ------
    pathlib.Path
        A folder that may hold a record; what is not named like one is passed over, also links.
    """
    yield from _below(processes, 0)


def _below(folder: Path, level: int) -> Iterator[Path]:
    for name in _folders(folder, _LEVELS[level]):
        if level + 1 == len(_LEVELS):
            yield folder / name
        else:
            yield from _below(folder / name, level + 1)


def _folders(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                e.name
                for e in entries
                if pattern.fullmatch(e.name) and e.is_dir(follow_symlinks=False)
            )
    except OSError:
        return []
