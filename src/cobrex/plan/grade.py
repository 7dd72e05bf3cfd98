"""How well a candidate fits: conditions in a fixed order, the first that fails is told."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from cobrex.rules.model import InputRule, Level, Match, Source

from .candidate import Graded
from .draft import Draft, value_of
from .group import _Row
from .model import PlanFrame


def grade(draft: Draft, rule: InputRule, source: Source, frame: PlanFrame) -> Graded | str:
    """Return how well a candidate fits a draft.

    Parameters
    ----------
    draft : Draft
    rule : InputRule
    source : Source
        Of the rule.
    frame : PlanFrame
        Of a type of the source.

    Returns
    -------
    Graded or str
        The first condition it failed, in words.
    """
    if source.where is not None and not source.where(_Row(frame)):
        return f"where {source.where_text} does not hold"
    if (frame.verdict or "unchecked") not in rule.verdicts:
        return f"verdict {frame.verdict or 'unchecked'}"
    if source.lineage and not _related(draft, source.lineage, frame):
        return f"not {source.lineage.replace('_', ' ')} as the main frame"
    delta = delta_d(draft, frame)
    failed = "no level"
    for level in source.levels:
        if rule.max_level is not None and level.level + source.level_offset > rule.max_level:
            return f"{failed} (levels to {rule.max_level} are allowed)"
        failed = _fails(draft, source, level, frame, delta)
        if not failed:
            return Graded(frame, level.level + source.level_offset, delta, level.warn)
    return failed


def delta_d(draft: Draft, frame: PlanFrame) -> float | None:
    """Return a frame's time minus the main frames', days."""
    mine = draft.mjd
    return None if mine is None or frame.mjd is None else frame.mjd - mine


def _fails(
    draft: Draft, source: Source, level: Level, frame: PlanFrame, delta: float | None
) -> str:
    for match in source.match:
        if match.column not in level.relax and not matches(draft, match, frame):
            mine, theirs = value_of(draft.main[0], match.main), value_of(frame, match.column)
            return f"{match.column} is {_show(theirs)}, {match.how} {_wanted(match, mine)} is asked"
    if level.window_days is None:
        return ""
    low, high = level.window_days
    if delta is None:
        return "no time"
    return "" if low <= delta <= high else f"{delta:+.2f} d is not within {low:+g}..{high:+g} d"


def matches(draft: Draft, match: Match, frame: PlanFrame) -> bool:
    """Tell whether a candidate's column fits the main frame's."""
    mine, theirs = value_of(draft.main[0], match.main), value_of(frame, match.column)
    if match.how in {"in", "glob"}:
        if theirs is None:
            return match.null
        if match.how == "in":
            return theirs in match.values
        return any(fnmatchcase(str(theirs), str(p)) for p in match.values)
    if theirs is not None and theirs in match.values:
        return True
    if mine is None or theirs is None:
        return match.null
    if match.how == "differs":
        return bool(mine != theirs)
    if match.how == "tolerance":
        return _number(mine) and _number(theirs) and abs(mine - theirs) <= match.tolerance
    return bool(mine == theirs)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _related(draft: Draft, lineage: str, frame: PlanFrame) -> bool:
    main = draft.main[0]
    if lineage == "same_process":
        if main.maker is not None or frame.maker is not None:
            return main.maker is frame.maker
        return main.process_id is not None and main.process_id == frame.process_id
    if frame.maker is not None:
        return main in frame.maker.main or any(c.frame is main for c in frame.maker.chosen)
    return main.frame_id in frame.parents


def _wanted(match: Match, mine: Any) -> str:
    if match.how in {"in", "glob"}:
        return " or ".join(str(v) for v in match.values)
    if match.how == "tolerance":
        return f"{_show(mine)} ± {match.tolerance:g}"
    return _show(mine)


def _show(value: Any) -> str:
    return "unknown" if value is None else str(value)
