"""The organiser: chooses for every group of main frames the inputs that belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cobrex.rules.model import Association, InputRule, MainRule, Source

from .candidate import Graded, InputNeed
from .choose import take
from .draft import Chosen, Draft, value_of
from .grade import grade
from .group import group
from .lack import describe_lack
from .model import PlanFrame
from .pinned import Pins, pinned
from .pool import Pool

Signature = tuple[str, tuple[Any, ...]]
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
        What people chose: they come before the rules.
    """

    pool: Pool
    needs: Mapping[str, tuple[InputNeed, ...]]
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

    def fill(self, draft: Draft) -> None:
        """Choose the inputs of a draft, and of the drafts that make them."""
        if draft.state != "new":
            return
        draft.state = "filling"
        for need in self.needs[draft.association.name]:
            if need.main:
                self._take_main(draft, need)
            else:
                self._take(draft, need)
        draft.state = "filled"

    def _take_main(self, draft: Draft, need: InputNeed) -> None:
        rule = draft.association.main
        low = need.min if rule.count.min is None else max(need.min, rule.count.min)
        high = _least(need.max, rule.count.max)
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
            if frame.maker is not None and (lack := self._lack(frame.maker)):
                draft.missing.append((f"{need.role} cannot be made: {lack[0]}", lack[1]))
                return

    def _take(self, draft: Draft, need: InputNeed) -> None:
        rule = draft.association.rule(need.role)
        if (chosen := pinned(self.pins, draft, need)) is not None:
            draft.chosen += chosen
            return
        if rule is None:
            if need.min > 0:
                draft.missing.append(describe_lack(self.pool, draft, need, None))
            return
        low, high = limits(rule, need)
        best: list[Graded] = []
        used = rule.sources[0]
        for source in rule.sources:
            found = take(draft, rule, source, self._usable(draft, rule, source, need), high)
            if source.take in {"nearest", "latest"} and not source.per:
                found = found[: max(low, 1)]
            if len(found) > len(best):
                best, used = found, source
            if len(best) >= max(low, 1):
                break
        if len(best) < low and rule.if_none == "gap":
            draft.missing.append(describe_lack(self.pool, draft, need, rule))
            return
        if not best and rule.if_none == "warn":
            lack = describe_lack(self.pool, draft, need, rule)
            draft.warnings.append(f"without {need.role}: {lack[0]}")
        draft.chosen += [self._chosen(draft, rule, used, one, need) for one in best]

    def _usable(
        self, draft: Draft, rule: InputRule, source: Source, need: InputNeed
    ) -> list[Graded]:
        found = []
        for frame in self.pool.candidates(source, need.frame_types):
            graded = grade(draft, rule, source, frame)
            if isinstance(graded, Graded) and not (frame.maker and self._lack(frame.maker)):
                found.append(graded)
        return found

    def _lack(self, maker: Draft) -> tuple[str, str] | None:
        """Why what a draft makes cannot be used; None when it can."""
        if maker.state == "filling":
            return _CIRCLE
        if maker.signature in self.excluded:
            return self.excluded[maker.signature]
        self.fill(maker)
        return maker.missing[0] if maker.missing else None

    def _chosen(
        self, draft: Draft, rule: InputRule, source: Source, one: Graded, need: InputNeed
    ) -> Chosen:
        if one.warn:
            when = f", {one.delta_d:+.2f} d" if one.delta_d is not None else ""
            draft.warnings.append(f"{need.role} is of level {one.level}{when}: {one.frame.name}")
        return Chosen(
            need.role, _why(draft, source, one), one.frame, one.level, one.delta_d, source.label
        )


def limits(rule: InputRule, need: InputNeed) -> tuple[int, int | None]:
    """Return the fewest and most frames of a role: the rule's within the recipe's."""
    low = need.min if rule.count.min is None else max(need.min, rule.count.min)
    return low, _least(need.max, rule.count.max)


def _least(first: int | None, second: int | None) -> int | None:
    both = [n for n in (first, second) if n is not None]
    return min(both) if both else None


def _pick(frames: tuple[PlanFrame, ...], rule: MainRule, most: int | None) -> tuple[PlanFrame, ...]:
    if most is None or len(frames) <= most:
        return frames
    if rule.pick == "last":
        return frames[-most:]
    if rule.pick == "spread":
        step = (len(frames) - 1) / max(most - 1, 1)
        return tuple(frames[round(n * step)] for n in range(most))
    return frames[:most]


def _why(draft: Draft, source: Source, one: Graded) -> str:
    same = ", ".join(
        f"{m.column} = {value_of(one.frame, m.column)}" for m in source.match if m.how == "equal"
    )
    words = source.take.replace("_", " ") + (f" with {same}" if same else "")
    words += f", level {one.level}" if len(source.levels) > 1 or one.level else ""
    return words + (f", {one.delta_d:+.2f} d" if one.delta_d is not None else "")
