"""One process looked at before it is made: what the rules choose, and what they would next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cobrex.errors import UsageError
from cobrex.plan.build import Builder, frames_used
from cobrex.plan.candidate import InputNeed
from cobrex.plan.draft import Chosen, Draft, PlanFrame
from cobrex.plan.explain import explain
from cobrex.plan.model import Located
from cobrex.plan.organise import Organiser
from cobrex.plan.pinned import main_digest
from cobrex_db import candidates, processes
from cobrex_db.content_id import product_id

from .prepare import Prepared

RUNNERS_UP = 5
UNFIT = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame that is used, or could be.

    Attributes
    ----------
    frame_id : int or None
        None for a product still to be made.
    name, frame_type : str
    level : int or None
        None when it does not fit, or nobody graded it.
    delta_d : float or None
        Its time minus the main frames', days.
    source, why : str
        Alternative of the rule; why it was chosen, or not.
    """

    frame_id: int | None
    name: str
    frame_type: str
    level: int | None
    delta_d: float | None
    source: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """An input of the process.

    Attributes
    ----------
    role : str
    frame_types : tuple of str
    min, max : int, int or None
        How many the recipe takes.
    main : bool
    chosen, others : tuple of Candidate
        What is used; what else there is, best first.
    """

    role: str
    frame_types: tuple[str, ...]
    min: int
    max: int | None
    main: bool
    chosen: tuple[Candidate, ...]
    others: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A process with all its inputs, before it is made.

    Attributes
    ----------
    association, main : str
        Rule and digest of the main frames: what pins are kept by.
    recipe, version, preset : str
    parameters : mapping
    key : str
        Empty when something is missing.
    state : str
        ``done``, ``make`` or ``gap``.
    roles : tuple of Role
    missing : tuple of (str, str)
        What is lacking, and the cure.
    warnings : tuple of str
    """

    association: str
    main: str
    recipe: str
    version: str
    preset: str
    parameters: Mapping[str, Any]
    key: str
    state: str
    roles: tuple[Role, ...]
    missing: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]

    def role(self, name: str) -> Role:
        """Return an input that a person may choose.

        Raises
        ------
        UsageError
            Kind ``role``: there is none, or it is the main one.
        """
        others = [r for r in self.roles if not r.main]
        found = next((r for r in others if r.role == name), None)
        if found is None:
            names = ", ".join(r.role for r in others) or "none"
            raise UsageError(
                f"{self.recipe.removeprefix('main/')} has no input {name!r} to choose",
                hint=f"inputs: {names}; the main one is given by --main",
                kind="role",
            )
        return found


def propose(prepared: Prepared) -> Proposal:
    """Return what a plan of one process's main frames says.

    Parameters
    ----------
    prepared : Prepared
        Of a request with main frames of its own.

    Returns
    -------
    Proposal

    Raises
    ------
    UsageError
        Kind ``which-recipe``: several rules would make something of them.
    """
    planner = prepared.planner
    if len(planner.drafts) != 1:
        names = ", ".join(d.association.name for d in planner.drafts)
        raise UsageError(
            f"several rules answer: {names}",
            hint="name the recipe of one of them",
            kind="which-recipe",
        )
    draft = planner.drafts[0]
    _check_main(draft, planner.organiser.needs[draft.association.name])
    use = prepared.kitchen.uses[draft.association.name]
    key = next(iter(prepared.asked), "")
    gaps = [] if key else [(g.message, g.hint) for g in prepared.plan.gaps]
    return Proposal(
        draft.association.name,
        main_digest(draft) or "",
        use.name,
        use.version,
        use.preset,
        use.parameters,
        key,
        "gap" if not key else "done" if key in prepared.reused else "make",
        _roles(prepared, draft),
        tuple(draft.missing or gaps[-1:]),
        (*draft.warnings, *(f"an earlier one is used: {s.why}" for s in prepared.stale
                            if s.key == key)),
    )  # fmt: skip


def _check_main(draft: Draft, needs: Sequence[InputNeed]) -> None:
    """Rules say at which types they begin; what is named must be of one the recipe takes."""
    types = {t for need in needs if need.main for t in need.frame_types}
    for frame in draft.main:
        if frame.frame_type not in types:
            raise UsageError(
                f"{frame.name} is {frame.frame_type}; the recipe reduces "
                f"{' or '.join(sorted(types))}",
                hint=f"cobrex find --frame {min(types)}",
                kind="main",
            )


def _roles(prepared: Prepared, draft: Draft) -> tuple[Role, ...]:
    organiser = prepared.planner.organiser
    needs = organiser.needs[draft.association.name]
    fitting = {n.role: () if n.main else _others(organiser, draft, n) for n in needs}
    offered = [*draft.chosen, *(one for others in fitting.values() for one in others)]
    made, failed = _made(prepared, [one.frame for one in offered if one.frame.maker is not None])
    roles = []
    for need in needs:
        chosen = [_candidate(c, made) for c in draft.chosen if c.role == need.role]
        used = {c.frame_id for c in chosen if c.frame_id is not None}
        others = [_candidate(c, made) for c in fitting[need.role] if c.frame.identity not in failed]
        roles.append(
            Role(
                need.role,
                need.frame_types,
                need.min,
                need.max,
                need.main,
                tuple(chosen),
                tuple(one for one in others if one.frame_id not in used)[: RUNNERS_UP + UNFIT],
            )
        )
    return tuple(roles)


def _others(organiser: Organiser, draft: Draft, need: InputNeed) -> Sequence[Chosen]:
    """What was not chosen, best first, and why; of what does not fit the nearest few."""
    used = {c.frame.identity for c in draft.chosen if c.role == need.role}
    found = {
        c.frame.identity: Chosen(need.role, c.why, c.frame, c.level, c.delta_d, c.source)
        for c in reversed(explain(organiser, draft, need.role))
        if not c.chosen and c.frame.identity not in used
    }
    ordered = [*reversed(found.values())]
    fitting = [c for c in ordered if c.level is not None]
    # some may turn out to have failed
    return [*fitting[: 2 * RUNNERS_UP], *[c for c in ordered if c.level is None][:UNFIT]]


def _made(prepared: Prepared, frames: Sequence[PlanFrame]) -> tuple[dict[Any, int], set[Any]]:
    """Ids of the frames that products of a plan are already; which have failed."""
    planner = prepared.planner
    makers = [f.maker for f in frames if f.maker is not None]
    for maker in makers:
        planner.organiser.fill(maker)
    # what was made had its inputs hashed: nothing is hashed for this
    located = {
        number: Located("", str(f.values["content_id"]))
        for number, f in frames_used(makers).items()
        if f.values.get("content_id")
    }
    builder = Builder(planner.kitchen.uses, located, planner.request.workspace)
    keys = {
        f.identity: (process.key, f.output)
        for f in frames
        if f.maker is not None and (process := builder.add(f.maker)) is not None
    }
    contents = {product_id(key, output, 0): one for one, (key, output) in keys.items()}
    with planner.engine.connect() as connection:
        known = processes.known(connection, {key for key, _ in keys.values()})
        rows = candidates.candidates(
            connection, None, planner.request.workspace, contents=contents.keys()
        )
    failed = {k for k, found in known.items() if found.verdict == "fail"}
    return (
        {contents[row["content_id"]]: row["frame_id"] for row in rows},
        {one for one, (key, _) in keys.items() if key in failed},
    )


def _candidate(one: Chosen, made: Mapping[Any, int]) -> Candidate:
    frame = one.frame
    number = made.get(frame.identity) if frame.maker is not None else frame.frame_id
    return Candidate(
        number, frame.name, frame.frame_type, one.level, one.delta_d, one.source, one.why
    )
