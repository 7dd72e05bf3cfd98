"""Which of the candidates that fit are taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cobrex.rules.model import InputRule, Source

from .candidate import Graded
from .draft import Draft, time_order, value_of


def preference(rule: InputRule, one: Graded) -> tuple[Any, ...]:
    """Sort key: level, raw or product first, time difference, the one before, name, id."""
    frame, delta = one.frame, one.delta_d
    made = frame.maker is not None
    return (
        one.level,
        made if rule.prefer == "raw" else not made,
        abs(delta) if delta is not None else float("inf"),
        delta is not None and delta > 0,
        time_order(frame),
        frame.output,
    )


def take(
    draft: Draft, rule: InputRule, source: Source, fitting: Iterable[Graded], most: int | None
) -> list[Graded]:
    """Return what is taken of the candidates that fit, best first.

    Parameters
    ----------
    draft : Draft
    rule : InputRule
    source : Source
    fitting : iterable of Graded
        Usable ones.
    most : int or None
        At most so many.

    Returns
    -------
    list of Graded
    """
    ordered = sorted(fitting, key=lambda one: preference(rule, one))
    if source.per:
        ordered = _one_per(ordered, source.per)
    elif source.take == "nearest_group":
        ordered = _group(ordered, source)
    elif source.take == "bracket":
        ordered = _bracket(draft, ordered)
    elif source.take == "latest":
        ordered.sort(key=lambda one: (-(one.frame.mjd or 0.0), -one.frame.frame_id))
    return ordered if most is None else ordered[:most]


def _one_per(ordered: Sequence[Graded], column: str) -> list[Graded]:
    best: dict[Any, Graded] = {}
    for one in ordered:
        best.setdefault(value_of(one.frame, column), one)
    return list(best.values())


def _group(ordered: Sequence[Graded], source: Source) -> list[Graded]:
    if not ordered:
        return []

    def key(one: Graded) -> tuple[Any, ...]:
        return tuple(value_of(one.frame, c) for c in source.group_by)

    nearest = key(ordered[0])
    return [one for one in ordered if key(one) == nearest]


def _bracket(draft: Draft, ordered: Sequence[Graded]) -> list[Graded]:
    """The nearest before, the nearest after, and what lies between the main frames."""
    times = [f.mjd for f in draft.main if f.mjd is not None]
    if not times:
        return list(ordered[:1])
    first, last = min(times), max(times)
    before = next((one for one in ordered if (one.frame.mjd or 0.0) < first), None)
    after = next((one for one in ordered if (one.frame.mjd or 0.0) > last), None)
    ends = [one for one in (before, after) if one is not None]
    within = [one for one in ordered if first <= (one.frame.mjd or 0.0) <= last]
    return [one for one in ordered if one in ends or one in within]
