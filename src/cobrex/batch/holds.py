"""What a plan leaves out: what waits for a person, and what a start in the middle takes as done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cobrex.errors import UsageError
from cobrex.plan.model import Gap, Plan, PlannedProcess
from cobrex.rules.model import Association
from cobrex_db import processes, validations
from cobrex_db.near_miss import near_or_all

from . import rules

if TYPE_CHECKING:
    from sqlalchemy import Connection

Reason = tuple[str, str]


@dataclass(slots=True)
class Left:
    """What is left of a plan.

    Attributes
    ----------
    plan : Plan
        With a gap for each process that was left out.
    asked : set of str
        Keys: what is asked for and stays, and what somebody is to look at first.
    held : dict of str to str
        Why, by key of what was left out.
    """

    plan: Plan
    asked: set[str]
    held: dict[str, str] = field(default_factory=dict)


def leave_out(
    plan: Plan, asked: Collection[str], missing: Mapping[str, Reason], waiting: Mapping[str, Reason]
) -> Left:
    """Leave processes out of a plan, and all that needs them.

    Parameters
    ----------
    plan : Plan
    asked : collection of str
        Keys.
    missing : mapping of str to (str, str)
        Why a process is not made, and the cure, by key.
    waiting : mapping of str to (str, str)
        Why nothing is made from a process, and the cure, by key.

    Returns
    -------
    Left
    """
    left = Left(replace(plan, processes=[], gaps=list(plan.gaps)), set(asked))
    out: dict[str, Reason] = {}
    for process in plan.processes:
        reason = missing.get(process.key) or _below(process, out, waiting)
        if reason is None:
            left.plan.processes.append(process)
            continue
        out[process.key] = reason
        left.held[process.key] = reason[0]
        gap = Gap(process.association, str(process.labels["main"]), *reason)
        if gap not in left.plan.gaps:
            left.plan.gaps.append(gap)
        left.asked |= {i.producer or "" for i in process.inputs if i.producer in waiting}
    left.asked -= out.keys()
    return left


def _below(
    process: PlannedProcess, out: Mapping[str, Reason], waiting: Mapping[str, Reason]
) -> Reason | None:
    for one in process.inputs:
        found = waiting.get(one.producer or "") or waiting.get(one.content_id)
        if found is not None:
            return f"held: {one.role} {found[0]}", found[1]
        if below := out.get(one.producer or ""):
            message, hint = below
            return f"{one.role} cannot be made: {message}", hint
    return None


def unaccepted(
    connection: Connection, plan: Plan, known: Mapping[str, processes.Known], made: Collection[str]
) -> dict[str, Reason]:
    """Return the products that nobody has accepted, of those something is to be made from.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    plan : Plan
    known : mapping of str to Known
    made : collection of str
        Keys of what is done: it waits for nothing.

    Returns
    -------
    dict of str to (str, str)
        Why and the cure, by key of the maker, or by content id of a catalogued product.
    """
    inputs = [i for p in plan.processes if p.key not in made for i in p.inputs]
    keys = {i.producer for i in inputs if i.producer}
    waiting = {k: _word(k) for k in keys if k not in known or not known[k].accepted}
    frames = {i.frame_id: i.content_id for i in inputs if i.frame_id is not None}
    makers = validations.makers(connection, list(frames))
    others = processes.known(connection, set(makers.values()))
    return waiting | {
        frames[frame]: _word(key) for frame, key in makers.items() if not others[key].accepted
    }


def _word(key: str) -> Reason:
    return (
        f"of {key[:8]} waits for a person to accept it",
        f"look at it, then: cobrex validate accept {key[:8]}",
    )


def before(
    first: str, associations: Mapping[str, Association], plan: Plan, made: Collection[str]
) -> dict[str, Reason]:
    """Return what should have been made before a step, and is not.

    Parameters
    ----------
    first : str
        The step to start from.
    associations : mapping of str to Association
    plan : Plan
    made : collection of str
        Keys of what is done.

    Returns
    -------
    dict of str to (str, str)
        Why and the cure, by key.

    Raises
    ------
    UsageError
        Kind ``unknown-step``.
    """
    if first not in associations:
        raise UsageError(
            f"there is no step {first!r} to start from",
            hint=near_or_all(first, associations, "steps"),
            kind="unknown-step",
        )
    below = {a.name for a in rules.below([associations[first]], associations)} - {first}
    return {
        p.key: (
            f"step {p.association} is not made, and --from {first} makes nothing before {first}",
            f"make it first: the same command without --from, or --until {p.association} instead",
        )
        for p in plan.processes
        if p.association in below and p.key not in made
    }
