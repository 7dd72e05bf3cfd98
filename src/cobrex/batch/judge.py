"""Known processes judged again by the ranges in force; nothing is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cobrex.process import quality
from cobrex_db import processes, verdicts
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError

from .change import Change

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Case:
    """An attempt to judge.

    Attributes
    ----------
    process_id, attempt_id : int
    name : str
        Recipe and key in words.
    ranges : sequence of mapping
        Those in force: ``name unit low high action``.
    """

    process_id: int
    attempt_id: int
    name: str
    ranges: tuple[Mapping[str, Any], ...]


@dataclass(slots=True)
class Sentence:
    """What judging again came to.

    Attributes
    ----------
    verdicts : dict of int to str
        The ranges' own, by process id.
    changes : list of Change
        What went out of use.
    stored : bool
        Whether the catalogue has it; False when it cannot be written.
    """

    verdicts: dict[int, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    stored: bool = False


def judge(engine: Engine, cases: Iterable[Case], *, store: bool = True) -> Sentence:
    """Judge attempts by ranges.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    cases : iterable of Case
    store : bool
        False leaves the catalogue as it is.

    Returns
    -------
    Sentence
    """
    cases = list(cases)
    sentence = Sentence()
    if not cases:
        return sentence
    with engine.connect() as connection:
        measured = verdicts.metrics_of(connection, [c.attempt_id for c in cases])
    judged = [(case, _judged(case, measured[case.attempt_id])) for case in cases]
    sentence.verdicts = {c.process_id: quality.verdict(j.metrics) for c, j in judged}
    if store:
        try:
            sentence.changes = transact(engine, lambda c: _store(c, judged))
            sentence.stored = True
        except CatalogueError as error:  # somebody else's catalogue, read only
            if error.kind != "database-refused":
                raise
    return sentence


def _judged(case: Case, measured: Mapping[str, tuple[float | None, str | None]]) -> verdicts.Judged:
    found = {n: (value, role) for n, (value, role) in measured.items() if value is not None}
    return verdicts.Judged(
        case.process_id,
        case.attempt_id,
        quality.judge(found, case.ranges),
        quality.ranges_hash(case.ranges),
    )


def _store(connection: Connection, judged: Iterable[tuple[Case, verdicts.Judged]]) -> list[Change]:
    changes = []
    for case, one in judged:
        gone = verdicts.store(connection, one)
        changes += withdrawn(connection, gone, f"{case.name} failed its QC by the ranges in force")
    return changes


def withdrawn(connection: Connection, process_ids: Iterable[int], why: str) -> list[Change]:
    """Return as changes that processes went out of use.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_ids : iterable of int
    why : str

    Returns
    -------
    list of Change
    """
    return [
        Change("invalid", key, f"{recipe.removeprefix('main/')} {key[:8]} is out of use: {why}")
        for key, recipe in processes.named(connection, process_ids)
    ]


def with_verdict(known: processes.Known, verdict: str) -> processes.Known:
    """Return what is known of a process with the verdict that holds now."""
    return replace(known, verdict=verdicts.effective(verdict, known.accepted))
