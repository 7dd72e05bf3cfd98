"""The folder of a simulated night: it appears at once, complete, and is never overwritten."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cobrex.errors import UsageError

TRUTH = "truth.json"


@dataclass(frozen=True, slots=True)
class SimulatedNight:
    """What was written.

    Attributes
    ----------
    folder : pathlib.Path
        Holds the FITS files and ``truth.json``.
    truth : dict
        As in ``truth.json``.
    counts : dict of str to int
        Files by frame type.
    """

    folder: Path
    truth: dict[str, Any]
    counts: dict[str, int]


def appear(
    folder: Path, schema: str, request: dict[str, Any], write: Callable[[Path], dict[str, Any]]
) -> SimulatedNight:
    """Make the folder of a night.

    Parameters
    ----------
    folder : pathlib.Path
        To be created; may exist when empty, or when it holds the answer to this very request.
    schema : str
        Of the truth.
    request : dict
        What was asked for; kept in the truth.
    write : callable
        Writes all files into a folder and returns the truth, with ``counts``.

    Returns
    -------
    SimulatedNight

    Raises
    ------
    UsageError
        When the folder holds something else.
    """
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        return _existing(folder, schema, request)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        made = Path(scratch) / "night"
        made.mkdir()
        truth = {"schema": schema} | write(made) | {"request": request}
        (made / TRUTH).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
        made.rename(folder)
    return SimulatedNight(folder, truth, truth["counts"])


def _existing(folder: Path, schema: str, request: dict[str, Any]) -> SimulatedNight:
    try:
        truth = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
        if truth["schema"] == schema and truth["request"] == request:
            return SimulatedNight(folder, truth, truth["counts"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UsageError(
        f"{folder} is not empty, and not this night",
        kind="simulate",
        hint="name a new folder, or remove this one",
    )
