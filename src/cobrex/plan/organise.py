"""The organiser: chooses for every group of main frames the inputs that belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cobrex.rules.model import Association, Count, InputRule, MainRule, Source

from .candidate import Graded, InputNeed
from .choose import take
from .draft import Chosen, Draft, PlanFrame, Signature, time_order, value_of
from .group import group
from .lack import describe_lack
from .pinned import Pins, pinned
from .pool import Pool
from .search import Search

FAILED = (
    "what was made of it failed its QC",
    "look at it with `cobrex process list`; import other frames, or make it with other parameters",
)
_CIRCLE = ("it would need itself", "`cobrex rules lint` names the circle")


@dataclass(slots=True)
class Organiser:
    """Chooses inputs; pure: no file, no database.

    Attributes
    ----------
    pool : Pool
    needs : mapping of str to tuple of InputNeed
        By association name, from the recipe's manifest.
    excluded : mapping of signature to (str, str)
        Drafts whose products must not be used: why, and the cure.
    pins : mapping
        What people chose, by association and main digest.
    """

    pool: Pool
    needs: Mapping[str, Sequence[InputNeed]]
    excluded: Mapping[Signature, tuple[str, str]] = field(default_factory=dict)
    pins: Pins = field(default_factory=dict)

    def organise(self, association: Association, frames: Iterable[PlanFrame]) -> list[Draft]:
        """Return complete drafts for main frames; what lacks is said on the draft.

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
            self.fill(draft)
        return drafts

    def one(self, association: Association, frames: Iterable[PlanFrame]) -> Draft:
        """Return one complete draft of just these main frames, however the rules would group them.

        Parameters
        ----------
        association : Association
        frames : iterable of PlanFrame

        Returns
        -------
        Draft
        """
        draft = Draft(association, tuple(sorted(frames, key=time_order)))
        self.fill(draft)
        return draft

    def fill(self, draft: Draft) -> None:
        """Choose the inputs of a draft, and of the drafts that make them."""
        if draft.state != "new":
            return
        draft.state = "filling"
        needs = self.needs[draft.association.name]
        ordered = in_order(draft.association, needs)
        for need in ordered:
            if need.main:
                self._take_main(draft, need)
            else:
                self._take(draft, need)
        if ordered != list(needs):
            places = {need.role: place for place, need in enumerate(needs)}
            draft.chosen.sort(key=lambda chosen: places[chosen.role])
        draft.state = "filled"

    def _take_main(self, draft: Draft, need: InputNeed) -> None:
        rule = draft.association.main
        low, high = limits(draft, rule.count, need)
        count = len(draft.main)
        if count < low:
            draft.missing.append(
                (
                    f"{count} main frames, at least {low} are wanted",
                    "import the rest of the observation",
                )
            )
        picked = _pick(draft.main, rule, high)
        draft.chosen += [Chosen(need.role, "main frame", f) for f in picked]
        if len(picked) < count:
            where = {"first": "later", "last": "earlier", "spread": "others"}[rule.pick]
            draft.chosen[
                -1
            ].why = f"main frame; {count - len(picked)} {where} ones left out: {high} are taken"
        for frame in picked:
            if frame.maker is not None and (lack := self.lack(frame.maker)):
                draft.missing.append((f"{need.role} cannot be made: {lack[0]}", lack[1]))
                return

    def _take(self, draft: Draft, need: InputNeed) -> None:
        rule = draft.association.rule(need.role)
        if self.pins and (chosen := pinned(self.pins, draft, need)) is not None:
            draft.chosen += chosen
            return
        if rule is None:
            if need.min > 0:
                draft.missing.append(describe_lack(self.pool, draft, need, None))
            return
        low, _ = limits(draft, rule.count, need)
        used, best = self._best(draft, rule, need)
        if len(best) < low:
            lack = describe_lack(self.pool, draft, need, rule)
            if rule.if_none == "gap" or need.min > 0:
                draft.missing.append(lack)
            else:
                draft.warnings.append(f"without {need.role}: {lack[0]}")
        elif not best and rule.if_none == "warn":
            lack = describe_lack(self.pool, draft, need, rule)
            draft.warnings.append(f"without {need.role}: {lack[0]}")
        else:
            draft.chosen += [self._chosen(draft, rule, used, one, need) for one in best]

    def _best(
        self, draft: Draft, rule: InputRule, need: InputNeed
    ) -> tuple[Source, Sequence[Graded]]:
        """The first source that has enough, and what is taken of it; else the one with most."""
        low, high = limits(draft, rule.count, need)
        best: list[Graded] = []
        used = rule.sources[0]
        for source in rule.sources:
            search = Search(self.pool, draft, rule, source, need.frame_types)
            found = take(search, low, high, self.usable)
            if len(found) > len(best):
                best, used = found, source
            if len(best) >= max(low, 1):
                break
        return used, best

    def usable(self, one: Graded) -> bool:
        """Tell whether a candidate is there, or can be made."""
        return one.frame.maker is None or self.lack(one.frame.maker) is None

    def lack(self, maker: Draft) -> tuple[str, str] | None:
        """Return why what a draft makes cannot be used, and the cure; None when it can."""
        if maker.state == "filling":
            return _CIRCLE
        if self.excluded and maker.signature in self.excluded:
            return self.excluded[maker.signature]
        self.fill(maker)
        return maker.missing[0] if maker.missing else None

    def _chosen(
        self, draft: Draft, rule: InputRule, source: Source, one: Graded, need: InputNeed
    ) -> Chosen:
        if one.warn:
            when = f", {one.delta_d:+z.2f} d" if one.delta_d is not None else ""
            draft.warnings.append(f"{need.role} is of level {one.level}{when}: {one.frame.name}")
        if source is not rule.sources[0] and rule.sources[0].label != source.label:
            instead = f", no {rule.sources[0].label}"
        else:
            instead = ""
        why = _why(source, one) + instead
        return Chosen(need.role, why, one.frame, one.level, one.delta_d, source.label)


def in_order(association: Association, needs: Sequence[InputNeed]) -> list[InputNeed]:
    """Return the roles so that those that others are compared with come first.

    Parameters
    ----------
    association : Association
    needs : sequence of InputNeed

    Returns
    -------
    list of InputNeed
    """
    after = {r.role: {s.of for s in r.sources if s.of} for r in association.inputs}
    if not any(after.values()):
        return list(needs)
    ordered: list[InputNeed] = []
    waiting = list(needs)
    while waiting:
        ready = {n.role for n in ordered} | {""}
        open_roles = {n.role for n in waiting}
        free = [n for n in waiting if not (after.get(n.role, set()) & open_roles) - ready]
        ordered += free or waiting  # a circle: what is compared with nothing fits nothing
        waiting = [n for n in waiting if n not in ordered]
    return ordered


def limits(draft: Draft, count: Count, need: InputNeed) -> tuple[int, int | None]:
    """Return the fewest and most frames of a role: the rule's within the recipe's."""
    said = count.of(value_of(draft.main[0], count.by)) if count.by else count
    low = need.min if said.min is None else max(need.min, said.min)
    both = [n for n in (need.max, said.max) if n is not None]
    return low, min(both) if both else None


def _pick(frames: tuple[PlanFrame, ...], rule: MainRule, most: int | None) -> tuple[PlanFrame, ...]:
    if most is None or len(frames) <= most:
        return frames
    if rule.pick == "last":
        return frames[-most:]
    if rule.pick == "spread":
        step = (len(frames) - 1) / max(most - 1, 1)
        return tuple(frames[round(n * step)] for n in range(most))
    return frames[:most]


def _why(source: Source, one: Graded) -> str:
    same = ", ".join(
        f"{m.column} = {_show(value_of(one.frame, m.column))}"
        for m in source.match
        if m.how == "equal"
    )
    words = source.take.replace("_", " ") + (f" with {same}" if same else "")
    words += f", level {one.level}" if len(source.levels) > 1 or one.level else ""
    return words + (f", {one.delta_d:+z.2f} d" if one.delta_d is not None else "")


def _show(value: Any) -> str:
    return "unknown" if value is None else str(value)
