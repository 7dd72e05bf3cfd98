"""How a plan is shown: what is made, from what, why, and what cannot be."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .outcome_view import stale
from .output import say

if TYPE_CHECKING:
    from cobrex.batch.prepare import Prepared
    from cobrex.plan.model import PlannedInput, PlannedProcess

_MOST = 20


def show(prepared: Prepared) -> None:
    """Print a plan for people; of a long one the beginning and the counts."""
    plan = prepared.plan
    for star in prepared.stars:
        others = ", ".join(a for a in star.aliases if a != star.identifier)
        say(f"star    {star.identifier}" + (f" = {_clip(others, 60)}" if others else ""))
    draft(prepared)
    if prepared.request.lock is not None:
        lock = prepared.request.lock
        say(f"lock    {lock.called}: versions and presets come from it alone")
    made, reused = len(prepared.wanted), len(prepared.reused)
    say(
        f"plan    {_number(len(plan.processes), 'process', 'processes')}: {made} to make, "
        f"{reused} done already, {_number(len(plan.gaps), 'gap', 'gaps')}"
    )
    for process in plan.processes[:_MOST]:
        _process(prepared, process)
    if len(plan.processes) > _MOST:
        say(f"  ... and {len(plan.processes) - _MOST} more (--dry-run --json shows all)")
    for change in prepared.changes[:_MOST]:
        say(f"  {change.what:<9} {change.message}")
    stale(prepared)
    gaps(prepared)
    for key in prepared.spoilt[:_MOST]:
        say(f"  failed its QC: {key[:8]}; look: cobrex process show {key[:8]}")


def draft(prepared: Prepared) -> None:
    """Say that an unpublished working copy is used, and whose products it makes."""
    copy = prepared.kitchen.draft
    if copy is None:
        return
    say(
        f"draft   {copy.manifest.name} {copy.manifest.version}, not published, from {copy.path}",
        "        nobody else, and no other recipe, uses what it makes",
    )
    if prepared.kitchen.note:
        say(*prepared.kitchen.note.split("\n"))


def gaps(prepared: Prepared) -> None:
    """Print what cannot be planned, and the cure."""
    for gap in prepared.plan.gaps[:_MOST]:
        say(
            f"  cannot {gap.recipe}  {gap.main}",
            f"         {gap.message}",
            f"         cure: {gap.hint}",
        )


def _process(prepared: Prepared, process: PlannedProcess) -> None:
    use = process.recipe
    state = "done" if process.key in prepared.reused else "make"
    if any(one.key == process.key for one in prepared.stale):
        state = "stands"  # and something better can be made
    preset = f" [{use.preset}]" if use.preset else ""
    say(f"  {state}  {use.name.removeprefix('main/')}@{use.version}{preset}  {process.key[:8]}")
    say(f"        {process.labels['main']}")
    for text in _inputs(process.inputs):
        say(f"          {text}")
    for warning in process.warnings:
        say(f"        warning: {warning}")


def _inputs(inputs: tuple[PlannedInput, ...]) -> list[str]:
    grouped: dict[tuple[str, str], list[PlannedInput]] = {}
    for one in inputs:
        grouped.setdefault((one.role, one.frame_type), []).append(one)
    width = max(9, *(len(role) for role, _ in grouped)) if grouped else 0
    lines = []
    for (role, frame_type), members in grouped.items():
        makers = list(dict.fromkeys(one.producer[:8] for one in members if one.producer))
        which = "process" if len(makers) == 1 else "processes"
        origin = f" by {which} {', '.join(makers)}" if makers else ""
        number = f"{len(members)} x " if len(members) > 1 else ""
        lines.append(f"{role:<{width}}  {number}{frame_type}{origin} ({_how(members)})")
    return lines


def _how(members: list[PlannedInput]) -> str:
    """Why one was chosen; of several how good the worst is, and how far apart they are."""
    levels = [one.level for one in members if one.level is not None]
    if len(members) == 1 or not levels:
        return members[0].why
    deltas = [one.delta_d for one in members if one.delta_d is not None]
    apart = f", {min(deltas):+z.2f} to {max(deltas):+z.2f} d" if deltas else ""
    source = members[0].source
    named = f"{source}, " if source != members[0].frame_type else ""
    return f"{named}level {max(levels)}{apart}"


def as_json(prepared: Prepared) -> dict[str, Any]:
    """Return a plan as plain values."""
    return {
        "request": prepared.request.as_json(),
        "stars": [s.identifier for s in prepared.stars],
        "processes": [
            {
                "key": p.key,
                "recipe": p.recipe.name,
                "version": p.recipe.version,
                "preset": p.recipe.preset,
                "parameters": dict(p.recipe.parameters),
                "level": p.level,
                "labels": dict(p.labels),
                "association": p.association,
                "state": "done" if p.key in prepared.reused else "make",
                "stale": any(one.key == p.key for one in prepared.stale),
                "attempt": prepared.attempts[p.key],
                "inputs": [asdict(i) for i in p.inputs],
                "warnings": list(p.warnings),
            }
            for p in prepared.plan.processes
        ],
        "gaps": [asdict(g) for g in prepared.plan.gaps],
        "changes": [asdict(c) for c in prepared.changes],
        "stale": [asdict(s) for s in prepared.stale],
    }


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
