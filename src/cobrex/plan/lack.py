"""Words for an input that was not found: what is lacking, what there is instead, the cure."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from cobrex.rules.model import InputRule, Source

from .candidate import Graded, InputNeed
from .draft import Draft, value_of
from .grade import grade
from .pool import Pool


def describe_lack(
    pool: Pool, draft: Draft, need: InputNeed, rule: InputRule | None
) -> tuple[str, str]:
    """Return what is lacking and the cure.

    Parameters
    ----------
    pool : Pool
    draft : Draft
        The process that cannot be planned.
    need : InputNeed
        The role that stays empty.
    rule : InputRule or None
        Where its frames would come from.

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
    for source in rule.sources:
        for frame in pool.candidates(source, need.frame_types):
            fits = isinstance(grade(draft, rule, source, frame), Graded)
            if fits and frame.maker is not None and frame.maker.missing:
                message, hint = frame.maker.missing[0]
                return f"{need.role} ({wanted}) cannot be made: {message}", hint
    source = rule.sources[0]
    setup = ", ".join(
        f"{m.column} = {_show(value_of(draft.main[0], m.main))}"
        for m in source.match
        if m.how == "equal"
    )
    like = (f" with {setup}" if setup else "") + _within(draft, source)
    sought = " or ".join(_raw_types(pool, source) or need.frame_types)
    return (
        f"no {wanted}{like} for {need.role}{_instead(pool, draft, rule, source, need)}",
        f"import {sought}{like}, then repeat the command",
    )


def _raw_types(pool: Pool, source: Source) -> tuple[str, ...]:
    return pool.associations[source.origin].main.frame_types if source.origin else ()


def _show(value: Any) -> str:
    return "unknown" if value is None else str(value)


def _within(draft: Draft, source: Source) -> str:
    night = draft.main[0].night
    windows = [level.window_days for level in source.levels]
    if night is None or None in windows:
        return ""
    first = min(w[0] for w in windows if w)
    last = max(w[1] for w in windows if w)
    return f", taken {night + timedelta(days=first)} to {night + timedelta(days=last)}"


def _instead(pool: Pool, draft: Draft, rule: InputRule, source: Source, need: InputNeed) -> str:
    candidates = pool.candidates(source, need.frame_types)
    if not candidates:
        return "; the catalogue has none at all"
    failed = Counter(
        found for one in candidates if isinstance(found := grade(draft, rule, source, one), str)
    )
    number = len(candidates)
    there = "there is 1" if number == 1 else f"there are {number}"
    words = "; ".join(f"{word}" for word, _ in failed.most_common(2))
    return f"; {there}: {words}" if words else f"; {there}, none can be made"
