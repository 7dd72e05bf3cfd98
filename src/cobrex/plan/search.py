"""The candidates of a source in order of preference; no more are graded than must be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cobrex.rules.model import InputRule, Source

from .candidate import Graded
from .draft import Draft, PlanFrame, time_order
from .grade import grade
from .pool import Pool
from .shelf import Shelf


@dataclass(frozen=True, slots=True)
class Search:
    """Candidates of one source for one draft.

    Attributes
    ----------
    pool : Pool
    draft : Draft
    rule : InputRule
    source : Source
        Of the rule.
    types : tuple of str
        Frame types the recipe takes.
    """

    pool: Pool
    draft: Draft
    rule: InputRule
    source: Source
    types: tuple[str, ...]

    def ordered(self) -> Iterator[Graded]:
        """Yield what fits, best first."""
        worst, offset = self.rule.max_level, self.source.level_offset
        shelves = self.pool.shelves(self.draft.association, self.source, self.types)
        anchor = self.draft.anchor(self.source.of)
        for level in self.source.levels:
            worth = level.level + offset
            shelf = shelves.find(self.draft, level)
            if shelf is None or anchor is None or (worst is not None and worth > worst):
                continue
            both = (shelf.raw, shelf.made)
            for dated in both if self.rule.prefer == "raw" else both[::-1]:
                for tied in dated.near(anchor.mjd, level.window_days):
                    yield from self.graded(tied, worth)

    def graded(self, frames: Iterable[PlanFrame], worth: int | None = None) -> list[Graded]:
        """Return those of some frames that fit, best first; only those of a level, or all."""
        found = [
            one
            for frame in frames
            if isinstance(one := grade(self.draft, self.rule, self.source, frame), Graded)
            and worth in (None, one.level)
        ]
        if len(found) > 1:
            found.sort(key=lambda one: preference(self.rule, one))
        return found

    @property
    def shelf(self) -> Shelf | None:
        """What can fit at any level."""
        shelves = self.pool.shelves(self.draft.association, self.source, self.types)
        return shelves.find(self.draft, None)


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
