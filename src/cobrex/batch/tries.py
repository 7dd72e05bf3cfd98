"""What a batch tries again by itself: how often, and with how much more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from cobrex.plan.model import PlannedProcess
from cobrex.process.record import Record
from cobrex_db.members import Note

from . import causes


@dataclass(slots=True)
class Tries:
    """Counts what went wrong with processes, by cause.

    Attributes
    ----------
    counted : dict of str to Counter
        By key, how often each cause struck.
    avoid : set of str
        Nodes that were lost.
    """

    counted: dict[str, Counter[str]] = field(default_factory=dict)
    avoid: set[str] = field(default_factory=set)

    def again(
        self,
        processes: Iterable[PlannedProcess],
        struck: Mapping[str, str],
        *,
        moved: bool = False,
    ) -> set[str]:
        """Return what is to be made once more.

        Parameters
        ----------
        processes : iterable of PlannedProcess
            Of the round that has ended, producers first.
        struck : mapping of str to str
            Cause by key, of what was not done in it.
        moved : bool
            Whether something was done in it: what was not begun is then no worse than before.

        Returns
        -------
        set of str
            Keys: those whose cause allows it, and what was only waiting for them.
        """
        found: set[str] = set()
        for process in processes:
            cause = struck.get(process.key)
            if cause is None:
                continue
            if cause == "input-failed":
                if any(i.producer in found for i in process.inputs):
                    found.add(process.key)
            elif (moved and cause == "never-begun") or self._allows(process.key, cause):
                found.add(process.key)
        return found

    def _allows(self, key: str, cause: str) -> bool:
        counter = self.counted.setdefault(key, Counter())
        counter[cause] += 1
        return counter[cause] <= causes.TRIES.get(cause, 0)

    def grown(self) -> dict[str, dict[str, int]]:
        """Return how often memory and time of each are doubled."""
        return {
            key: {what: counter[cause] for cause, what in causes.GROWS.items() if counter[cause]}
            for key, counter in self.counted.items()
        }


def unmade(
    planned: Collection[str],
    records: Mapping[str, Record],
    began: Collection[str],
) -> dict[str, str]:
    """Return the cause for each process of a round that is not done.

    Parameters
    ----------
    planned : collection of str
        Keys of what was to be made.
    records : mapping of str to dict
        Of what has a record.
    began : collection of str
        Keys whose makers had all left their records.

    Returns
    -------
    dict of str to str
        What was not begun for want of a maker's record is ``input-failed``.
    """
    found = {}
    for key in planned:
        if key in records:
            cause = causes.of_record(records[key])
        else:
            cause = "never-begun" if key in began else "input-failed"
        if cause and cause != "qc":
            found[key] = cause
    return found


def unbegun(
    processes: Iterable[PlannedProcess],
    waiting: Collection[str],
    records: Mapping[str, Record],
) -> list[Note]:
    """Return what became of processes that were not begun and will not be.

    Parameters
    ----------
    processes : iterable of PlannedProcess
        Of the round that has ended, producers first.
    waiting : collection of str
        Keys of those that have no record and are not made again.
    records : mapping of str to dict
        Of what has one.

    Returns
    -------
    list of Note
        ``blocked`` by the root of it, or ``lost``: whoever was to begin it did not.
    """
    found: dict[str, Note] = {}
    for process in processes:
        if process.key not in waiting:
            continue
        makers = {i.producer for i in process.inputs if i.producer}
        above = (found[m].blocked_by or m for m in makers if m in found)
        failed = (
            str(records[m].get("blocked_by") or m)
            for m in makers
            if m in records and records[m]["outcome"] != "done"
        )
        root = next(chain(failed, above), "")
        found[process.key] = (
            Note(process.key, "blocked", "input-failed", root)
            if root
            else Note(process.key, "lost", "never-begun")
        )
    return list(found.values())


def stranded(processes: Iterable[PlannedProcess], gone: Collection[str]) -> set[str]:
    """Return keys of what cannot be made because its makers are given up; producers come first."""
    found: set[str] = set()
    for process in processes:
        if any(i.producer in gone or i.producer in found for i in process.inputs):
            found.add(process.key)
    return found
