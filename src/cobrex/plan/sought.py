"""What would have to be there: frame types, setup and nights of an input that was not found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cobrex.rules.model import Source

from .candidate import InputNeed
from .draft import Draft, value_of
from .pool import Pool


@dataclass(frozen=True, slots=True)
class Sought:
    """Frames that an input asks for.

    Attributes
    ----------
    frame_types : tuple of str
        Of raw frames, where products are made from them.
    conditions : mapping
        Columns and the values they must have.
    nights : (datetime.date, datetime.date) or None
        First and last; None for any.
    """

    frame_types: tuple[str, ...]
    conditions: Mapping[str, Any]
    nights: tuple[date, date] | None


def of_source(pool: Pool, draft: Draft, source: Source, need: InputNeed) -> Sought:
    """Return what a source asks for, for a draft.

    Parameters
    ----------
    pool : Pool
    draft : Draft
    source : Source
        Of the draft's association.
    need : InputNeed

    Returns
    -------
    Sought
    """
    return Sought(
        _raw_types(pool, source) or source.frame_types or need.frame_types,
        {m.column: value_of(draft.main[0], m.main) for m in source.match if m.how == "equal"},
        _nights(draft, source),
    )


def _raw_types(pool: Pool, source: Source) -> tuple[str, ...]:
    """Types of the frames that what a rule makes begins with."""
    name, seen = source.origin, {""}
    types: tuple[str, ...] = ()
    while name not in seen and name in pool.associations:
        seen.add(name)
        main = pool.associations[name].main
        name, types = main.origin, main.frame_types
    return types


def _nights(draft: Draft, source: Source) -> tuple[date, date] | None:
    night = draft.main[0].night
    windows = [level.window_days for level in source.levels]
    if night is None or None in windows:
        return None
    first = min(w[0] for w in windows if w)
    last = max(w[1] for w in windows if w)
    try:
        return night + timedelta(days=first), night + timedelta(days=last)
    except OverflowError:  # a header may say any night
        return None
