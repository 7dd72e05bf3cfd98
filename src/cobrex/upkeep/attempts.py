"""Attempts are cleaned away: the catalogue is told, then the files go, if need be later."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.process.execute import LOG
from cobrex.process.scratch import SOF
from cobrex.records.small_file import read_json
from cobrex.settings import Settings
from cobrex_db import removal
from cobrex_db.cleaning import FAILED, Candidate
from cobrex_db.engine import transact
from cobrex_db.people import utc_now
from cobrex_registry.written import replace

from .trash import FOLDER, throw

if TYPE_CHECKING:
    from sqlalchemy import Engine

#: beside the record of an attempt whose products went: when, why, by whom, which
NOTE = "removed.json"
STAYS = frozenset({"record.json", "qc.json", LOG, SOF, NOTE})
STEP = 100


def place_of(settings: Settings, folder: str) -> Path | None:
    """Return where an attempt lies; None for what the catalogue cannot mean.

    Parameters
    ----------
    settings : Settings
    folder : str
        Relative to the store, as the catalogue has it.

    Returns
    -------
    pathlib.Path or None
    """
    parts = Path(folder).parts
    # processes/NAMESPACE/RECIPE/VERSION/KK/KEY/NNNN
    if len(parts) != 7 or parts[0] != "processes" or ".." in parts or FOLDER in parts:
        return None
    place = settings.store / folder
    inside = place.resolve().is_relative_to(settings.processes.resolve())
    return place if inside and not place.is_symlink() else None


def may_move(place: Path, one: Candidate) -> bool:
    """Tell whether the caller may move away what an attempt has; what is gone needs no moving."""
    if not place.is_dir():
        return True
    return os.access(place, os.W_OK) and (one.kind != FAILED or os.access(place.parent, os.W_OK))


def files_of(place: Path, one: Candidate) -> list[Path]:
    """Return what goes of an attempt: of one that failed, all of it.

    Parameters
    ----------
    place : pathlib.Path
    one : Candidate

    Returns
    -------
    list of pathlib.Path
    """
    if one.kind == FAILED:
        return [place]
    if not place.is_dir():
        return []
    going = set(one.files.values())
    return sorted(
        entry
        for entry in place.iterdir()
        if entry.name not in STAYS and (one.whole or entry.name in going)
    )


def remove(
    engine: Engine,
    settings: Settings,
    wanted: Sequence[Candidate],
    user: str,
    frames_in_use: Collection[int],
) -> Iterator[Candidate]:
    """Clean attempts away.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    wanted : sequence of Candidate
    user : str
    frames_in_use : collection of int
        Inputs of running batches.

    Yields
    ------
    Candidate
        Those that went.
    """
    for start in range(0, len(wanted), STEP):
        some, moment = wanted[start : start + STEP], utc_now()
        journal = _announce(settings, some, moment, user)
        gone = transact(
            engine,
            lambda c, w=some, m=moment: removal.remove(c, w, m, user, frames_in_use),  # type: ignore[misc]
        )
        _take_away(settings, gone, moment, user)
        journal.unlink()
        yield from gone


def finish(engine: Engine, settings: Settings, trash: Path) -> int:
    """Take away the files of attempts that a killed command had marked.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    trash : pathlib.Path
        Of the processes; held.

    Returns
    -------
    int
        How many.
    """
    found = 0
    for journal in trash.glob("*.json"):
        said = _read(journal)
        attempts = _announced(said)
        with engine.connect() as connection:
            marked = removal.removed_at(connection, [one.attempt_id for one in attempts])
        moment = datetime.fromisoformat(said["moment"]) if attempts else utc_now()
        # a mark of another time is another command's
        gone = [one for one in attempts if marked.get(one.attempt_id) == moment]
        _take_away(settings, gone, moment, str(said.get("user", "")))
        journal.unlink(missing_ok=True)
        found += len(gone)
    return found


def _announce(settings: Settings, some: Sequence[Candidate], moment: datetime, user: str) -> Path:
    journal = settings.processes / FOLDER / f"{uuid.uuid4().hex}.json"
    said = {
        "moment": moment.isoformat(),
        "user": user,
        "attempts": [asdict(one) for one in some],
    }
    replace(journal, json.dumps(said).encode())
    return journal


def _read(journal: Path) -> dict[str, Any]:
    try:
        said = read_json(journal)
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _announced(said: Mapping[str, Any]) -> list[Candidate]:
    """What a journal names; one that is damaged, or never was one, names nothing."""
    try:
        datetime.fromisoformat(said["moment"])
        return [_candidate(values) for values in said["attempts"]]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []


def _candidate(values: Mapping[str, Any]) -> Candidate:
    return Candidate(**{**values, "files": {int(n): f for n, f in values["files"].items()}})


def _take_away(settings: Settings, gone: Sequence[Candidate], moment: datetime, user: str) -> None:
    paths: list[Path] = []
    for one in gone:
        place = place_of(settings, one.folder)
        if place is None or not place.is_dir():
            continue
        if one.kind != FAILED:
            _note(place, one, moment, user)
        paths += files_of(place, one)
    if paths:
        throw(paths, settings.processes)


def _note(place: Path, one: Candidate, moment: datetime, user: str) -> None:
    """Who makes the catalogue anew from the records finds here what is no longer to be had."""
    before = _read(place / NOTE).get("files", []) if (place / NOTE).is_file() else []
    said = {
        "schema": "removed/1",
        "why": one.kind,
        "at": moment.isoformat(),
        "user": user,
        "whole": one.whole,
        "files": sorted({*before, *one.files.values()}),
    }
    replace(place / NOTE, json.dumps(said, indent=1).encode(), 0o644)
