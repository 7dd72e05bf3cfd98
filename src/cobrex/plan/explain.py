"""Why a draft has the inputs it has: every candidate, best first, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cobrex.rules.model import InputRule, Source

from .candidate import Graded, InputNeed
from .draft import Chosen, Draft, PlanFrame, value_of
from .grade import difference, grade
from .organise import Organiser, limits
from .pinned import SOURCE as PIN
from .search import preference

_INSTEAD = {
    "nearest": "not nearest",
    "nearest_group": "of another group",
    "bracket": "neither next before, next after nor between",
    "latest": "not the latest",
    "all": "enough without it",
}


@dataclass(frozen=True, slots=True)
class Considered:
    """A candidate that was looked at.

    Attributes
    ----------
    source : str
        Which alternative of the rule.
    frame : PlanFrame
    level : int or None
        None when it does not fit.
    delta_d : float or None
        Its time minus the main frames', days.
    chosen : bool
    why : str
        Why it was chosen, or the first thing it lacks.
    """

    source: str
    frame: PlanFrame
    level: int | None
    delta_d: float | None
    chosen: bool
    why: str


def explain(organiser: Organiser, draft: Draft, role: str) -> list[Considered]:
    """Return what was looked at for a role of a draft.

    Parameters
    ----------
    organiser : Organiser
        Its choices and these words come from the same functions.
    draft : Draft
        Filled.
    role : str

    Returns
    -------
    list of Considered
        Source by source; what fits first, best first, then the rest by time difference.
    """
    need = next(n for n in organiser.needs[draft.association.name] if n.role == role)
    taken = {c.frame.identity: c for c in draft.chosen if c.role == role}
    if need.main:
        return [_main(f, taken) for f in draft.main]
    rule = draft.association.rule(role)
    pinned = [c for c in taken.values() if c.source == PIN]
    found = [Considered(PIN, c.frame, None, c.delta_d, True, c.why) for c in pinned]
    if rule is None:
        return found
    story = _Story(organiser, draft, rule, need, {} if pinned else taken, bool(pinned))
    for source in rule.sources:
        found += story.of(source)
    return found


def _main(frame: PlanFrame, taken: Mapping[Any, Chosen]) -> Considered:
    chosen = taken.get(frame.identity)
    why = chosen.why if chosen else "main frame left out: the recipe takes no more"
    return Considered("main", frame, None, None, chosen is not None, why)


@dataclass(slots=True)
class _Story:
    """What became of the candidates of the sources of one role."""

    organiser: Organiser
    draft: Draft
    rule: InputRule
    need: InputNeed
    taken: Mapping[Any, Chosen]
    decided: bool
    used: str = ""

    def of(self, source: Source) -> list[Considered]:
        frames = self.organiser.pool.candidates(
            self.draft.association, source, self.need.frame_types
        )
        graded = [(f, grade(self.draft, self.rule, source, f)) for f in frames]
        fitting = [one for _, one in graded if isinstance(one, Graded)]
        fitting.sort(key=lambda one: preference(self.rule, one))
        found = self._fitting(source, fitting)
        anchor = self.draft.anchor(source.of)
        rest = [
            Considered(source.label, f, None, difference(anchor, f) if anchor else None, False, one)
            for f, one in graded
            if isinstance(one, str)
        ]
        rest.sort(key=_by_distance)
        if not self.used and any(c.source == source.label for c in self.taken.values()):
            self.used = source.label
        return found + rest

    def _fitting(self, source: Source, fitting: list[Graded]) -> list[Considered]:
        mine = {i: c for i, c in self.taken.items() if c.source == source.label}
        last = max((n for n, one in enumerate(fitting) if one.frame.identity in mine), default=-1)
        better = 0
        found = []
        for n, one in enumerate(fitting):
            chosen = mine.get(one.frame.identity)
            lack = "" if chosen else self._lack(one, near=n < max(last, 1))
            why = chosen.why if chosen else lack or self._passed_over(source, one, better)
            better += not lack
            found.append(
                Considered(source.label, one.frame, one.level, one.delta_d, chosen is not None, why)
            )
        return found

    def _lack(self, one: Graded, *, near: bool) -> str:
        """Why it cannot be used; those that would not have been taken anyway are not planned."""
        maker = one.frame.maker
        if maker is None or (not near and maker.state == "new"):
            return ""
        lack = self.organiser.lack(maker)
        return f"it cannot be used: {lack[0]}" if lack else ""

    def _passed_over(self, source: Source, one: Graded, better: int) -> str:
        if self.decided:
            return "another one is pinned"
        if self.used:
            return f"not asked: {self.used} has enough"
        if not self.taken or not any(c.source == source.label for c in self.taken.values()):
            low, _ = limits(self.draft, self.rule.count, self.need)
            return f"too few of this source: {max(low, 1)} are wanted"
        if source.per:
            value = value_of(one.frame, source.per)
            return f"another one with {source.per} = {value} is better"
        words = _INSTEAD[source.take]
        return f"{words}: {better} {'is' if better == 1 else 'are'} better" if better else words


def _by_distance(one: Considered) -> tuple[Any, ...]:
    far = abs(one.delta_d) if one.delta_d is not None else float("inf")
    return far, one.frame.name, one.frame.frame_id
