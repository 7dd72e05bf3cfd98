"""What is watched of a batch: one look at the catalogue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .exit_codes import of_batch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cobrex.batch.pace import Pace
    from cobrex_db.batch_failures import Failure
    from cobrex_db.batch_progress import Step


@dataclass(frozen=True, slots=True)
class Watched:
    """A batch as it was at one moment.

    Attributes
    ----------
    batch : dict
        `cobrex_db.batch_story.find_batch`.
    now : datetime.datetime
        UTC.
    steps : list of Step
        Of all stars together.
    pace : Pace
    running : list of dict
        The longest first.
    failures : list of Failure
        The latest first.
    gaps : int
        How much could not be planned.
    abandoned : bool
        Whether it is said to run, but nobody drives it.
    """

    batch: dict[str, Any]
    now: datetime
    steps: list[Step]
    pace: Pace
    running: list[dict[str, Any]]
    failures: list[Failure]
    gaps: int
    abandoned: bool

    @property
    def counts(self) -> Counter[str]:
        """Processes by state, all steps together."""
        total: Counter[str] = Counter()
        for step in self.steps:
            total.update(step.counts)
        return total

    @property
    def code(self) -> int | None:
        """The exit code of `cobrex reduce` for how it ended; None while it runs."""
        return of_batch(self.batch["state"], gaps=bool(self.gaps))


@dataclass(slots=True)
class Watcher:
    """Looks at a batch again and again.

    Attributes
    ----------
    store : pathlib.Path
    viewer : str
    name : str
        Empty for the latest batch; settled by the first look.
    history_s : dict of str to float
        How long processes of recipes took in earlier batches; asked for once.
    """

    store: Path
    viewer: str
    name: str
    history_s: dict[str, float] = field(default_factory=dict)

    def look(self, connection: Connection) -> Watched:
        """Look once.

        Parameters
        ----------
        connection : sqlalchemy.Connection

        Returns
        -------
        Watched

        Raises
        ------
        CatalogueError
            Kind ``unknown-batch``.
        """
        from cobrex.batch.history import usual_s
        from cobrex.batch.pace import pace
        from cobrex_db import batch_failures, batch_progress, batch_story
        from cobrex_db.people import utc_now

        batch = batch_story.find_batch(connection, self.name or None, viewer=self.viewer)
        self.name = batch["name"]
        number, now = batch["batch_id"], utc_now()
        steps = batch_progress.steps(connection, number, by_star=False)
        ended = batch_progress.ended(connection, number)
        new = {s.recipe for s in steps} - {e.recipe for e in ended} - self.history_s.keys()
        self.history_s |= usual_s(connection, new)
        known = {recipe: took for recipe, took in self.history_s.items() if took}
        failed = any(s.counts["failed"] or s.counts["lost"] for s in steps)
        return Watched(
            batch,
            now,
            steps,
            pace(steps, ended, history_s=known, started=batch["started"], now=now),
            batch_progress.running(connection, number),
            batch_failures.latest(connection, number) if failed else [],
            len(batch_story.gaps(connection, number)),
            self._abandoned(batch),
        )

    def _abandoned(self, batch: dict[str, Any]) -> bool:
        from cobrex.batch.driver import is_dead

        running = batch["state"] == "running"
        return running and is_dead(self.store / batch["folder"], batch["heartbeat"])


def as_json(watched: Watched) -> dict[str, Any]:
    """Return it as plain values."""
    batch, pace = watched.batch, watched.pace
    names = ("name", "user", "state", "profile", "host", "heartbeat", "started", "ended")
    return {
        **{name: batch[name] for name in names},
        "driven": batch["state"] == "running" and not watched.abandoned,
        "counts": watched.counts,
        "gaps": watched.gaps,
        "per_minute": pace.per_minute,
        "left_s": pace.left_s,
        "steps": [{"step": s.step, "recipe": s.recipe, "counts": s.counts} for s in watched.steps],
        "running": [{**r, "others_s": pace.medians_s.get(r["recipe"])} for r in watched.running],
        "failures": [{name: getattr(f, name) for name in f.__slots__} for f in watched.failures],
    }
