"""Follows a round: records are taken into the catalogue as they appear."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.plan.file import PlanFile
from cobrex.process.quality import ranges_hash
from cobrex.process.record import Record
from cobrex_db import batches, processes
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.ingest import ingest

from .change import Change
from .judge import withdrawn
from .snakemake import Workflow

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

OnRecord = Callable[[Record], None]
_LOOK_S = 0.3
_BEAT_S = 30.0


@dataclass(slots=True)
class Follower:
    """Takes the records of a round into the catalogue.

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
    """

    engine: Engine
    plan: PlanFile
    batch: str
    round_id: int
    on_record: OnRecord
    records: dict[str, Record] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def follow(self, workflow: Workflow) -> None:
        """Take records until Snakemake has ended; a database that is away is waited for."""
        beaten = 0.0
        while not workflow.ended:
            try:
                self.look()
                if time.monotonic() - beaten > _BEAT_S:
                    transact(self.engine, lambda c: processes.beat(c, self.batch))
                    beaten = time.monotonic()
            except CatalogueError as error:
                if error.kind != "database-away":
                    raise
            time.sleep(_LOOK_S)
        self.look()

    def look(self) -> None:
        """Take the records that have appeared since the last look."""
        for key in self.plan.members():
            if key not in self.records:
                taken = take(
                    self.engine, Path(self.plan.record(key)), Path(self.plan.meta["store"])
                )
                if taken is not None:
                    self._note(key, taken)

    def _note(self, key: str, taken: Taken) -> None:
        record = taken.record
        changes = transact(self.engine, lambda c: self._store(c, key, taken))
        self.records[key] = record
        self.changes += changes
        self.on_record(record)

    def _store(self, connection: Connection, key: str, taken: Taken) -> list[Change]:
        record = taken.record
        batches.note_member(connection, self.round_id, key, record["outcome"])
        name = f"{record['recipe']['name'].removeprefix('main/')} {key[:8]}"
        why = "failed its QC" if record["verdict"] == "fail" else "was made anew"
        changes = withdrawn(connection, taken.withdrawn, f"{name}, which it was made from, {why}")
        batches.add_changes(connection, self.round_id, [asdict(c) for c in changes])
        return changes


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
