"""Words for an input that was not found: what is lacking, what there is instead, the cure."""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice
from typing import Any

from cobrex.rules.model import InputRule

from .candidate import InputNeed
from .draft import Draft
from .grade import grade
from .pool import Pool
from .search import Search
from .sought import of_source

_LOOKED_AT = 40  # nearest candidates: enough to say what is wrong with them


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
    searches = [Search(pool, draft, rule, s, need.frame_types) for s in rule.sources]
    for search in searches:
        for one in search.ordered():
            maker = one.frame.maker
            if maker is not None and maker.missing:
                message, hint = maker.missing[0]
                return f"{need.role} ({wanted}) cannot be made: {message}", hint
            break
    sought = of_source(pool, draft, rule.sources[0], need)
    setup = ", ".join(f"{column} = {_show(v)}" for column, v in sought.conditions.items())
    taken = f", taken {sought.nights[0]} to {sought.nights[1]}" if sought.nights else ""
    like = (f" with {setup}" if setup else "") + taken
    return (
        f"no {wanted}{like} for {need.role}{_instead(searches[0])}",
        f"import {' or '.join(sought.frame_types)}{like}, then repeat the command",
    )


def _show(value: Any) -> str:
    return "unknown" if value is None else str(value)


def _instead(search: Search) -> str:
    """What there is, and what is wrong with the nearest of it."""
    draft, source = search.draft, search.source
    everything = search.pool.shelves(draft.association, source, search.types).everything
    number = everything.size
    if not number:
        return "; the catalogue has none at all"
    near = chain(everything.raw.near(draft.mjd, None), everything.made.near(draft.mjd, None))
    some = islice((frame for tied in near for frame in tied), _LOOKED_AT)
    failed = Counter(
        found for one in some if isinstance(found := grade(draft, search.rule, source, one), str)
    )
    there = "there is 1" if number == 1 else f"there are {number}"
    words = "; ".join(word for word, _ in failed.most_common(2))
    return f"; {there}: {words}" if words else f"; {there}, none can be used"
