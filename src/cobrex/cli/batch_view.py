"""How a batch is shown: who asked for what, how it is driven, how its steps fare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .output import say, table
from .request_words import request_words

if TYPE_CHECKING:
    from cobrex_db.batch_progress import Step

#: in the order in which they matter; those of which there are none are left out
COLUMNS = (
    *("total", "waiting", "running", "done", "reused", "failed", "blocked", "lost"),
    *("cancelled", "qc_fail"),
)
TROUBLE = ("failed", "lost", "blocked", "cancelled", "qc_fail")
MOST_STARS = 20


def header(batch: Mapping[str, Any], rounds: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Print who asked for what, when, and how it is driven."""
    place = "" if batch["workspace"] == "public" else f" in {batch['workspace']}"
    say(f"batch     {batch['name']}: {batch['state']}, by {batch['user']}{place}")
    say(f"asked     {request_words(batch['request'] or {})}")
    profile = batch["profile"] or "local"
    host = f" from {batch['host']}" if batch["host"] else ""
    seen = ""
    if batch["state"] == "running" and batch["heartbeat"] is not None:
        seen = f", last seen {lasting(now - batch['heartbeat'])} ago"
    say(f"driven    profile {profile}{host}{seen}")
    if len(rounds) > 1:
        say(f"rounds    {len(rounds)}; the last began {rounds[-1]['started']:%Y-%m-%d %H:%M:%S}")
    say(f"began     {batch['started']:%Y-%m-%d %H:%M:%S} UTC, {_until(batch, now)}")


def _until(batch: Mapping[str, Any], now: datetime) -> str:
    took = lasting((batch["ended"] or now) - batch["started"])
    if batch["ended"] is None:
        return f"for {took} now"
    return f"ended {batch['ended']:%Y-%m-%d %H:%M:%S}, took {took}"


def lasting(time: timedelta) -> str:
    """Return a length of time as a person reads it."""
    from cobrex.report.quantities import span

    return span(max(0.0, float(round(time.total_seconds()))))


def tally(counts: Mapping[str, int]) -> str:
    """Return counts in words: ``5 done, 2 failed``."""
    words = [
        f"{counts[name]} {'failed their QC' if name == 'qc_fail' else name}"
        for name in COLUMNS[1:]
        if counts.get(name)
    ]
    return ", ".join(words) or "none"


def steps(found: Iterable[Step], *, every: bool) -> None:
    """Print a table of stars and steps.

    Parameters
    ----------
    found : iterable of Step
    every : bool
        All stars; else, when there are many, the steps of all stars together, and of the stars
        with most trouble what is not well.
    """
    rows = list(found)
    stars = {row.star for row in rows}
    if every or len(stars) <= MOST_STARS:
        _table([(row.star, row.step, row.counts) for row in rows], "star")
        return
    _table([("", step, counts) for step, counts in _together(rows)])
    bad = _worst(rows)
    shown = [row for row in rows if row.star in bad and any(row.counts[t] for t in TROUBLE)]
    if shown:
        _table([(row.star, row.step, row.counts) for row in shown], "star")
    troubled = len({row.star for row in rows if any(row.counts[t] for t in TROUBLE)})
    say(f"{len(stars)} stars, {troubled} of them with trouble; --all lists every star", "")


def _together(rows: Iterable[Step]) -> list[tuple[str, Counter[str]]]:
    """The steps of all stars, producers first."""
    counts: dict[str, Counter[str]] = {}
    for row in sorted(rows, key=lambda one: (one.level, one.step)):
        counts.setdefault(row.step, Counter()).update(row.counts)
    return list(counts.items())


def _worst(rows: Iterable[Step]) -> set[str]:
    trouble: Counter[str] = Counter()
    for row in rows:
        trouble[row.star] += sum(row.counts[name] for name in TROUBLE)
    return {star for star, number in trouble.most_common(MOST_STARS) if number}


def _table(rows: Sequence[tuple[str, str, Mapping[str, int]]], *more: str) -> None:
    there = [name for name in COLUMNS if any(counts.get(name) for _, _, counts in rows)]
    before = None
    cells = []
    for star, step, counts in rows:
        shown = "" if star == before else star or "(no star)"
        before = star
        cells.append(
            {"star": shown, "step": step.removeprefix("main/")}
            | {name: counts.get(name) or None for name in there}
        )
    table(cells, [*more, "step", *there])
