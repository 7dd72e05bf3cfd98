"""How a batch ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cobrex.process.record import Record

from .change import Change
from .prepare import Prepared


@dataclass(slots=True)
class Outcome:
    """How a batch ended.

    Attributes
    ----------
    name : str
    folder : pathlib.Path
    prepared : Prepared
        The plan of its last round.
    state : str
        ``running``, ``done``, ``failed``, ``cancelled``, ``interrupted``.
    records : dict of str to dict
        Of the processes it made, by key; of what is well only how it ended.
    not_made : list of str
        Keys that have no record.
    changes : list of Change
        What its rounds planned otherwise.
    lost : bool
        Whether a later round could not plan what the first one had.
    withdrawn : set of str
        Keys of what it made and somebody has put out of use since.
    report : pathlib.Path or None
    """

    name: str
    folder: Path
    prepared: Prepared
    state: str = "running"
    records: dict[str, Record] = field(default_factory=dict)
    not_made: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    lost: bool = False
    withdrawn: set[str] = field(default_factory=set)
    report: Path | None = None

    @property
    def failures(self) -> list[Record]:
        """Records of processes that failed, or whose products did.

        Those that were only blocked, and were planned otherwise then, are not among them.
        """
        last = {p.key for p in self.prepared.plan.processes} | self.prepared.asked
        return [
            r
            for k, r in self.records.items()
            if _bad(r) and (r["outcome"] != "blocked" or k in last)
        ]

    @property
    def is_failed(self) -> bool:
        """Whether something that is asked for was not made, or failed its QC."""
        asked, records = self.prepared.asked, self.records
        well = self.prepared.reused | {k for k, r in records.items() if not _bad(r)}
        bad = asked & (self.withdrawn | {k for k, r in records.items() if _bad(r)})
        return bool(asked - well) or bool(bad) or bool(self.prepared.spoilt) or self.lost


def _bad(record: Record) -> bool:
    return bool(record["outcome"] != "done" or record["verdict"] == "fail")
