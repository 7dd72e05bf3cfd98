"""Words for an input that was not found: what is lacking, what there is instead, the cure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from .association import InputRule
from .candidate import Candidate, InputNeed
from .draft import Draft, value_of


def describe_lack(
    draft: Draft,
    need: InputNeed,
    rule: InputRule | None,
    candidates: Sequence[Candidate],
    fitting: Sequence[Candidate],
    *,
    raw_types: Sequence[str],
) -> tuple[str, str]:
    """Return what is lacking and the cure.

    Parameters
    ----------
    draft : Draft
        The process that cannot be planned.
    need : InputNeed
        The role that stays empty.
    rule : InputRule or None
        Where its frames would come from.
    candidates, fitting : sequence of Candidate
        Those of the right type, and those of them that also match.
    raw_types : sequence of str
        What the products of the role are made from; empty when they are not made.

    Returns
    -------
    (str, str)
        Message and hint.
    """
    wanted = " or ".join(need.frame_types)
    if rule is None:
        return (
            f"nothing says where {need.role} ({wanted}) comes from",
            f"add {need.role} to the association {draft.association.name}",
        )
    if fitting:
        below = fitting[0].draft
        message, hint = below.missing[0] if below and below.missing else ("", "")
        return f"{need.role} ({wanted}) cannot be made: {message}", hint
    setup = ", ".join(f"{c} = {_show(value_of(draft.main[0], c))}" for c in rule.match)
    like = (f" with {setup}" if setup else "") + _within(draft, rule)
    sought = " or ".join(raw_types or need.frame_types)
    return (
        f"no {wanted}{like} for {need.role}{_instead(rule, candidates)}",
        f"import {sought}{like}, then repeat the command",
    )


def _show(value: Any) -> str:
    return "unknown" if value is None else str(value)


def _within(draft: Draft, rule: InputRule) -> str:
    night = draft.main[0].night
    if rule.window_days is None or night is None:
        return ""
    first, last = (night + timedelta(days=d) for d in rule.window_days)
    return f", taken {first} to {last}"


def _instead(rule: InputRule, candidates: Sequence[Candidate]) -> str:
    if not candidates:
        return "; the catalogue has none at all"
    seen = {
        ", ".join(f"{c} = {_show(value_of(k.frame, c))}" for c in rule.match) for k in candidates
    }
    number = len(candidates)
    there = "there is 1" if number == 1 else f"there are {number}"
    if not rule.match:
        return f"; {there}, outside the window"
    return f"; {there} with {' / '.join(sorted(seen)[:3])}"
