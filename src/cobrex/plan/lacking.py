"""What a draft lacks, and what the drafts lack that would make its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cobrex.rules.model import InputRule

from .candidate import InputNeed
from .draft import Draft
from .organise import Organiser
from .search import Search
from .sought import Sought, of_source


@dataclass(frozen=True, slots=True)
class Lacking:
    """An input that a process does not have.

    Attributes
    ----------
    association, main, star : str
        Whose it is.
    night : datetime.date or None
    role : str
    needed : bool
        Whether nothing can be made without it.
    sought : Sought
    """

    association: str
    main: str
    star: str
    night: date | None
    role: str
    needed: bool
    sought: Sought


def lacking(organiser: Organiser, draft: Draft) -> Iterator[Lacking]:
    """Yield what a draft lacks, and what the drafts lack that would make its inputs.

    Parameters
    ----------
    organiser : Organiser
        Filled the draft.
    draft : Draft

    Yields
    ------
    Lacking
    """
    seen: set[int] = set()
    yield from _lacking(organiser, draft, seen)


def _lacking(organiser: Organiser, draft: Draft, seen: set[int]) -> Iterator[Lacking]:
    if id(draft) in seen:
        return
    seen.add(id(draft))
    for frame in (*draft.main, *(c.frame for c in draft.chosen)):
        if frame.maker is not None:
            yield from _lacking(organiser, frame.maker, seen)
    found = {c.role for c in draft.chosen}
    for need in organiser.needs[draft.association.name]:
        rule = draft.association.rule(need.role)
        if need.main or need.role in found or rule is None:
            continue
        if need.min == 0 and rule.if_none != "warn":
            continue
        yield from _of_role(organiser, draft, rule, need, seen)


def _of_role(
    organiser: Organiser, draft: Draft, rule: InputRule, need: InputNeed, seen: set[int]
) -> Iterator[Lacking]:
    """What a role lacks: its frames, or what their maker lacks."""
    for source in rule.sources:
        best = next(Search(organiser.pool, draft, rule, source, need.frame_types).ordered(), None)
        if best is not None and best.frame.maker is not None:
            yield from _lacking(organiser, best.frame.maker, seen)
            return
    yield Lacking(
        draft.association.name,
        draft.title,
        draft.main[0].star or "",
        draft.main[0].night,
        need.role,
        need.min > 0 or rule.if_none == "gap",
        of_source(organiser.pool, draft, rule.sources[0], need),
    )
