"""The organiser: chooses for every group of main frames the inputs that belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .association import Association, InputRule
from .candidate import Candidate, InputNeed
from .draft import Chosen, Draft, group, time_order, value_of
from .lack import describe_lack
from .model import PlanFrame

_FAILED = (
    "what was made of it failed its QC",
    "look at it with `cobrex process list`; import other frames, or make it with other parameters",
)


@dataclass(slots=True)
class Organiser:
    """Chooses inputs; pure: no file, no database.

    Attributes
    ----------
    associations : mapping of str to Association
    needs : mapping of str to tuple of InputNeed
        By association name, from the recipe's manifest.
    frames : mapping of str to list of PlanFrame
        By frame type.
    excluded : set
        Signatures of drafts whose products must not be used.
    """

    associations: Mapping[str, Association]
    needs: Mapping[str, tuple[InputNeed, ...]]
    frames: Mapping[str, list[PlanFrame]]
    excluded: set[tuple[str, tuple[int, ...]]] = field(default_factory=set)
    _made: dict[str, list[Draft]] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)

    def organise(self, association: Association, frames: Iterable[PlanFrame]) -> list[Draft]:
        """Return complete drafts for the main frames; what lacks is said on the draft.

        Parameters
        ----------
        association : Association
        frames : iterable of PlanFrame
            The main frames.

        Returns
        -------
        list of Draft
        """
        drafts = group(frames, association)
        for draft in drafts:
            self._fill(draft)
        return drafts

    def _fill(self, draft: Draft) -> None:
        for need in self.needs[draft.association.name]:
            if need.main:
                self._take_main(draft, need)
            else:
                self._take(draft, need)

    def _take_main(self, draft: Draft, need: InputNeed) -> None:
        count = len(draft.main)
        if count < need.min:
            draft.missing.append(
                (
                    f"{count} main frames, the recipe wants at least {need.min}",
                    "import the rest of the observation",
                )
            )
        main = draft.main if need.max is None else draft.main[: need.max]
        draft.chosen += [Chosen(need.role, "main frame", frame=f) for f in main]
        if len(main) < count:
            why = (
                f"main frame; {count - len(main)} later ones left out: the recipe takes {need.max}"
            )
            draft.chosen[-1].why = why

    def _take(self, draft: Draft, need: InputNeed) -> None:
        rule = draft.association.rule(need.role)
        candidates = self._candidates(rule, need)
        fitting = [c for c in candidates if rule and _fits(draft, rule, c.frame)]
        usable = [c for c in fitting if not (c.draft and c.draft.missing)]
        usable.sort(key=lambda c: _preference(draft, c))
        limit = len(usable) if rule and rule.take == "all" else max(need.min, 1)
        if need.max is not None:
            limit = min(limit, need.max)
        if len(usable) < need.min:
            draft.missing.append(
                describe_lack(
                    draft, need, rule, candidates, fitting, raw_types=self._raw_types(rule)
                )
            )
            return
        draft.chosen += [
            Chosen(
                need.role,
                _why(draft, rule, c, len(usable)),
                None if c.draft else c.frame,
                c.draft,
                c.output,
            )
            for c in usable[:limit]
        ]

    def _raw_types(self, rule: InputRule | None) -> tuple[str, ...]:
        if rule is None or rule.source is None:
            return ()
        return self.associations[rule.source].frame_types

    def _candidates(self, rule: InputRule | None, need: InputNeed) -> list[Candidate]:
        if rule is None:
            return []
        found = [Candidate(f) for t in rule.frame_types for f in self.frames.get(t, ())]
        if rule.source is not None:
            found += [
                Candidate(d.main[0], d, rule.source_role) for d in self._drafts_of(rule.source)
            ]
            found += [
                Candidate(f) for t in need.frame_types for f in self.frames.get(t, ()) if f.foreign
            ]
        return found

    def _drafts_of(self, name: str) -> list[Draft]:
        if name not in self._made:
            if name in self._busy:  # a cycle between associations has no first step
                return []
            self._busy.add(name)
            association = self.associations[name]
            frames = [f for t in association.frame_types for f in self.frames.get(t, ())]
            self._made[name] = self.organise(association, frames)
            for draft in self._made[name]:
                if draft.signature in self.excluded:
                    draft.missing.append(_FAILED)
            self._busy.discard(name)
        return self._made[name]


def _fits(draft: Draft, rule: InputRule, frame: PlanFrame) -> bool:
    for column in rule.match:
        mine, theirs = value_of(draft.main[0], column), value_of(frame, column)
        if mine is None or mine != theirs:
            return False
    if rule.window_days is None:
        return True
    delta = _delta(draft, frame)
    return delta is not None and rule.window_days[0] <= delta <= rule.window_days[1]


def _delta(draft: Draft, frame: PlanFrame) -> float | None:
    if draft.mjd is None or frame.mjd is None:
        return None
    return frame.mjd - draft.mjd


def _preference(draft: Draft, candidate: Candidate) -> tuple[Any, ...]:
    delta = _delta(draft, candidate.frame)
    return (
        abs(delta) if delta is not None else float("inf"),
        delta is not None and delta > 0,  # of two as near, the one before
        candidate.draft is not None,
        time_order(candidate.frame),
    )


def _why(draft: Draft, rule: InputRule | None, candidate: Candidate, number: int) -> str:
    delta = _delta(draft, candidate.frame)
    same = ", ".join(f"{c} = {value_of(draft.main[0], c)}" for c in (rule.match if rule else ()))
    words = f"nearest of {number}" if number > 1 else "the only one"
    words += f" with {same}" if same else ""
    timed = number > 1 or (rule is not None and rule.window_days is not None)
    return f"{words}, {delta:+.2f} d" if timed and delta is not None else words
