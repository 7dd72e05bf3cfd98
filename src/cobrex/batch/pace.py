"""How fast a batch gets on, and when it will have ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from cobrex_db.batch_progress import SAMPLE, Ended, Step

WINDOW_S = 300.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a batch gets on.

    Attributes
    ----------
    per_minute : float or None
        Processes that ended, over the last five minutes; None when none did.
    left_s : float or None
        How long the rest will take at this pace, seconds; None when nothing tells.
    medians_s : dict of str to float
        How long a process takes on the clock, by recipe.
    """

    per_minute: float | None
    left_s: float | None
    medians_s: dict[str, float]


def pace(
    steps: Iterable[Step],
    ended: Sequence[Ended],
    *,
    history_s: Mapping[str, float],
    started: datetime,
    now: datetime,
) -> Pace:
    """Tell how fast a batch gets on.

    Parameters
    ----------
    steps : iterable of Step
        All of the batch.
    ended : sequence of Ended
        Its latest attempts, the latest first.
    history_s : mapping of str to float
        Median of earlier batches, seconds, for recipes of which nothing has ended yet.
    started, now : datetime.datetime
        UTC.

    Returns
    -------
    Pace
        The rest is what each recipe takes times how many are left, over how many were made at once
        of late; that some wait for others is not looked at.
    """
    medians = {**history_s, **_medians(ended)}
    first = max(started, now - timedelta(seconds=WINDOW_S))
    if len(ended) >= SAMPLE:  # more than were looked at may have ended since
        first = max(first, min(e.ended for e in ended if e.ended))
    recent = [e for e in ended if e.ended and e.ended >= first and e.outcome != "blocked"]
    span = max(1.0, (now - first).total_seconds())
    at_once = sum(e.took_s or 0.0 for e in recent) / span
    rows = list(steps)
    at_once = at_once or float(sum(row.counts["running"] for row in rows))
    left = _left_s(rows, medians)
    return Pace(
        len(recent) / span * 60 if recent else None,
        left / at_once if left is not None and at_once else None,
        medians,
    )


def _medians(ended: Iterable[Ended]) -> dict[str, float]:
    took: dict[str, list[float]] = defaultdict(list)
    for one in ended:
        if one.outcome == "done" and one.took_s is not None:
            took[one.recipe].append(one.took_s)
    return {recipe: median(times) for recipe, times in took.items()}


def _left_s(steps: Iterable[Step], medians: Mapping[str, float]) -> float | None:
    """Seconds of one process after the other; None when nobody knows how long they take."""
    left = 0.0
    usual = median(medians.values()) if medians else None
    for step in steps:
        number = step.counts["waiting"] + step.counts["running"] / 2
        if not number:
            continue
        takes = medians.get(step.recipe, usual)
        if takes is None:
            return None
        left += number * takes
    return left
