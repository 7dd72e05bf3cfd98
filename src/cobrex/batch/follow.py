"""Follows a round: what its runners say is taken into the catalogue as it appears."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.plan.file import PlanFile
from cobrex.process.quality import ranges_hash
from cobrex.process.record import Record
from cobrex.process.spool import Spool, Started
from cobrex_db import members
from cobrex_db.batches import add_changes
from cobrex_db.engine import transact
from cobrex_db.ingest import ingest

from . import causes
from .change import Change
from .judge import withdrawn

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

OnRecord = Callable[[Record], None]


@dataclass(slots=True)
class Follower:
    """Takes the records of a round into the catalogue, and notes what runs.

    Attributes
    ----------
    engine : sqlalchemy.Engine
    plan : PlanFile
    batch : str
        Its name.
    round_id : int
    on_record : callable
        Called with each record once it is in the catalogue.
    records : dict of str to dict
        Those taken, by key.
    changes : list of Change
        What went out of use with them.
    running : dict of str to Started
        What has begun and has no record yet.
    """

    engine: Engine
    plan: PlanFile
    batch: str
    round_id: int
    on_record: OnRecord
    records: dict[str, Record] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    running: dict[str, Started] = field(default_factory=dict)
    spool: Spool = field(init=False)
    _wanted: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.spool = Spool(self.plan.path.parent)
        self._wanted = frozenset(self.plan.members())

    @property
    def missing(self) -> list[str]:
        """Keys that have no record yet, producers first."""
        return [key for key in self.plan.members() if key not in self.records]

    def look(self) -> bool:
        """Take what has been said since the last look.

        Returns
        -------
        bool
            Whether anything has moved.
        """
        started, ended = self.spool.look()
        taken = self.take(key for key in ended if key in self._wanted)
        self.spool.forget(key for key in ended if key in self.records or key not in self._wanted)
        fresh = self._wanted.intersection(started) - self.records.keys() - self.running.keys()
        begun = {key: said for key in fresh if (said := self.spool.started(key)) is not None}
        if begun:
            rows = [
                {"key": k, "since": _time(b.at), "host": b.host, "job": b.job}
                for k, b in begun.items()
            ]
            transact(self.engine, lambda c: members.note_running(c, self.round_id, rows))
            self.running |= begun
        return bool(taken or begun)

    def look_everywhere(self) -> None:
        """Take the records that are there though nobody said so: who would have, was killed."""
        self.look()
        self.spool.forget(self.take(self.missing))

    def take(self, keys: Iterable[str]) -> list[str]:
        """Take the records of processes; return the keys of those that were there."""
        store = Path(self.plan.meta["store"])
        taken = []
        for key in keys:
            if key in self.records:
                continue
            one = take(self.engine, Path(self.plan.record(key)), store)
            if one is not None:
                self._note(key, one)
                taken.append(key)
        return taken

    def _note(self, key: str, taken: Taken) -> None:
        record = taken.record
        changes = transact(self.engine, lambda c: self._store(c, key, taken))
        self.records[key] = record
        self.running.pop(key, None)
        self.changes += changes
        self.on_record(record)

    def _store(self, connection: Connection, key: str, taken: Taken) -> list[Change]:
        record = taken.record
        cause = causes.of_record(record)
        state = "cancelled" if cause == "cancelled" else record["outcome"]
        blocked_by = str(record.get("blocked_by") or "")
        members.note(connection, self.round_id, key, state, cause=cause, blocked_by=blocked_by)
        name = f"{record['recipe']['name'].removeprefix('main/')} {key[:8]}"
        why = "failed its QC" if record["verdict"] == "fail" else "was made anew"
        changes = withdrawn(connection, taken.withdrawn, f"{name}, which it was made from, {why}")
        add_changes(connection, self.round_id, [asdict(c) for c in changes])
        return changes


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Taken:
    """A record that is in the catalogue now.

    Attributes
    ----------
    record : dict
    withdrawn : list of int
        Processes that went out of use with it.
    """

    record: Record
    withdrawn: list[int]


def take(engine: Engine, path: Path, store: Path) -> Taken | None:
    """Take one record into the catalogue.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    path : pathlib.Path
        ``record.json`` of an attempt.
    store : pathlib.Path

    Returns
    -------
    Taken or None
        None when there is no record yet.
    """
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    gone = ingest(engine, record, path.parent, store, ranges_hash(record["qc"]))
    return Taken(record, gone or [])
