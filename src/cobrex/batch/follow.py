"""Follows a round: what its runners say is taken into the catalogue as it appears."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from cobrex_db.chunks import chunks
from cobrex_db.engine import transact
from cobrex_db.ingest import Arrival
from cobrex_db.ingest_many import ingest_many

from . import causes
from .change import Change
from .judge import withdrawn

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# of tens of thousands that are well; the rest is read again from the store when it is wanted
_KEPT = ("key", "attempt", "outcome", "verdict", "reason", "recipe", "labels", "qc")

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
        Those taken, by key; of what is well only how it ended.
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
    _order: list[str] = field(init=False)
    _wanted: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.spool = Spool(self.plan.path.parent)
        self._order = self.plan.members()
        self._wanted = frozenset(self._order)

    @property
    def missing(self) -> list[str]:
        """Keys that have no record yet, producers first."""
        return [key for key in self._order if key not in self.records]

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
        there = (key for key in self.missing if os.path.exists(self.plan.record(key)))  # noqa: PTH110 of thousands
        self.spool.forget(self.take(there))

    def take(self, keys: Iterable[str]) -> list[str]:
        """Take the records of processes; return the keys of those that were there."""
        store = Path(self.plan.meta["store"])
        taken: list[str] = []
        for chunk in chunks(key for key in keys if key not in self.records):
            found = [read(Path(self.plan.record(key))) for key in chunk]
            arrivals = [one for one in found if one is not None]
            if arrivals:
                self._note(arrivals, ingest_many(self.engine, arrivals, store))
                taken += [one.record["key"] for one in arrivals]
        return taken

    def _note(self, arrivals: Sequence[Arrival], gone: Mapping[str, list[int]]) -> None:
        records = [dict(one.record) for one in arrivals]
        self.changes += transact(self.engine, lambda c: self._store(c, records, gone))
        for record in records:
            self.records[record["key"]] = _brief(record)
            self.running.pop(record["key"], None)
            self.on_record(record)

    def _store(
        self, connection: Connection, records: Sequence[Record], gone: Mapping[str, list[int]]
    ) -> list[Change]:
        members.note(connection, self.round_id, map(_fared, records))
        changes: list[Change] = []
        for record in (r for r in records if gone[r["key"]]):
            name = f"{record['recipe']['name'].removeprefix('main/')} {record['key'][:8]}"
            why = "failed its QC" if record["verdict"] == "fail" else "was made anew"
            why = f"{name}, which it was made from, {why}"
            changes += withdrawn(connection, gone[record["key"]], why)
        add_changes(connection, self.round_id, [asdict(c) for c in changes])
        return changes


def _brief(record: Record) -> Record:
    """What is kept in mind of a record."""
    well = record["outcome"] == "done" and record["verdict"] != "fail"
    return {name: record[name] for name in _KEPT} if well else record


def _fared(record: Record) -> members.Note:
    cause = causes.of_record(record)
    state = "cancelled" if cause == "cancelled" else record["outcome"]
    return members.Note(record["key"], state, cause, str(record.get("blocked_by") or ""))


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def read(path: Path) -> Arrival | None:
    """Read a record that is to be taken into the catalogue.

    Parameters
    ----------
    path : pathlib.Path
        ``record.json`` of an attempt.

    Returns
    -------
    Arrival or None
        None when there is no record yet, or a damaged one, which is moved out of the way.
    """
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:  # a disk that lost its last blocks; it would end every driver to come
        aside = f"{path.parent.name}.damaged-{uuid.uuid4().hex[:8]}"
        path.parent.rename(path.parent.with_name(aside))
        return None
    return Arrival(record, path.parent, ranges_hash(record["qc"]))
