"""How well a candidate fits: conditions in a fixed order, the first that fails is told."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from cobrex.rules.model import InputRule, Level, Match, Source

from . import lineage
from .candidate import Graded
from .draft import Anchor, Draft, PlanFrame, is_product, value_of
from .shelf import holds


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
    if not holds(source, frame):
        return f"where {source.where_text} does not hold"
    if failed := _judged(rule, frame):
        return failed
    if source.lineage:
        wanted = lineage.asked(draft.main[0], source.lineage)
        if wanted is None or wanted not in lineage.held(frame, source.lineage):
            return _UNRELATED[source.lineage]
    anchor = draft.anchor(source.of)
    if anchor is None:
        return f"there is no {source.of} to compare with"
    delta = difference(anchor, frame)
    failed = ""
    for level in source.levels:
        worth = level.level + source.level_offset
        if rule.max_level is not None and worth > rule.max_level:
            best = failed or f"it would be of level {worth}"
            return f"{best} (levels to {rule.max_level} are allowed)"
        failed = _fails(anchor, source, level, frame, delta)
        if not failed:
            return Graded(frame, worth, delta, level.warn)
    return failed


def delta_d(draft: Draft, frame: PlanFrame) -> float | None:
    """Return a frame's time minus the main frames', days."""
    return difference(Anchor(draft.main, draft.mjd), frame)


def difference(anchor: Anchor, frame: PlanFrame) -> float | None:
    """Return a frame's time minus that of what it is compared with, days."""
    return None if anchor.mjd is None or frame.mjd is None else frame.mjd - anchor.mjd


_UNRELATED = {
    "same_process": "made by another process than the main frame",
    "derived_from": "not made from the main frame",
}


def _judged(rule: InputRule, frame: PlanFrame) -> str:
    """Products are judged; one that is still to be made, not yet."""
    if not is_product(frame) or (frame.maker is not None and frame.verdict is None):
        return ""
    verdict = frame.verdict or "unchecked"
    if verdict in rule.verdicts:
        return ""
    return f"verdict {verdict}: {' or '.join(rule.verdicts)} is asked"


def _fails(
    anchor: Anchor, source: Source, level: Level, frame: PlanFrame, delta: float | None
) -> str:
    for match in source.match:
        if match.column not in level.relax and not matches(anchor, match, frame):
            theirs = _show(value_of(frame, match.column))
            return f"{match.column} is {theirs}, {_wanted(match, anchor)} is asked"
    if level.window_days is None:
        return ""
    low, high = level.window_days
    if delta is None:
        return "nothing says when it was taken"
    return "" if low <= delta <= high else f"{delta:+z.2f} d is not within {low:+g} to {high:+g} d"


def matches(anchor: Anchor, match: Match, frame: PlanFrame) -> bool:
    """Tell whether a candidate's column fits the main frame's.

    Parameters
    ----------
    anchor : Anchor
    match : Match
    frame : PlanFrame

    Returns
    -------
    bool
    """
    theirs = value_of(frame, match.column)
    if match.how in {"in", "glob"}:
        if theirs is None:
            return match.null
        if match.how == "in":
            return theirs in match.values
        return any(fnmatchcase(str(theirs), str(p)) for p in match.values)
    if theirs is not None and theirs in match.values:
        return True
    if match.how == "each":
        mine = [value_of(f, match.main) for f in anchor.frames]
        return match.null if theirs is None else theirs in mine
    return _compare(match, value_of(anchor.frames[0], match.main), theirs)


def _compare(match: Match, mine: Any, theirs: Any) -> bool:
    if mine is None or theirs is None:
        return match.null
    if match.how == "differs":
        return bool(mine != theirs)
    if match.how == "tolerance":
        return _number(mine) and _number(theirs) and abs(mine - theirs) <= match.tolerance
    return bool(mine == theirs)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wanted(match: Match, anchor: Anchor) -> str:
    if match.how in {"in", "glob"}:
        return " or ".join(str(v) for v in match.values)
    mine = [value_of(f, match.main) for f in anchor.frames]
    if match.how == "each":
        return " or ".join(dict.fromkeys(_show(v) for v in mine))
    if match.how == "tolerance":
        return f"{_show(mine[0])} ± {match.tolerance:g}"
    words = " or ".join([_show(mine[0]), *(str(v) for v in match.values)])
    return f"other than {words}" if match.how == "differs" else words


def _show(value: Any) -> str:
    return "unknown" if value is None else str(value)
