"""The list of all processes of a batch, however many, for a spreadsheet or a program."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

NAME = "processes.csv"
COLUMNS = (
    *("key", "recipe", "version", "association", "star", "night", "state", "cause", "blocked_by"),
    *("verdict", "attempt", "started", "ended", "cpu_s", "host", "job", "folder", "message"),
)


def write_listing(folder: Path, members: Iterable[Mapping[str, Any]]) -> Path:
    """Write ``processes.csv``; an earlier one is replaced.

    Parameters
    ----------
    folder : pathlib.Path
        The batch's.
    members : iterable of mapping
        `COLUMNS` of each process.

    Returns
    -------
    pathlib.Path
    """
    partial = folder / f"{NAME}.partial"
    with partial.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows([_text(member.get(name)) for name in COLUMNS] for member in members)
    return partial.replace(folder / NAME)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else " ".join(str(value).split())
