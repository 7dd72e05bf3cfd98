"""One process looked at before it is made: what the rules choose, and what they would next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cobrex.errors import UsageError
from cobrex.plan.candidate import InputNeed
from cobrex.plan.draft import Draft
from cobrex.plan.model import PlanFrame
from cobrex.plan.organise import Organiser
from cobrex.plan.pinned import main_digest
from cobrex.plan.search import Search

from .prepare import Prepared

RUNNERS_UP = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame that is used, or could be.

    Attributes
    ----------
    frame_id : int or None
        None for a product still to be made.
    name, frame_type : str
    level : int or None
    delta_d : float or None
        Its time minus the main frames', days.
    source, why : str
        Alternative of the rule; why it was chosen, empty for a runner-up.
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
        What is used; what fits besides, best first.
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
        tuple(
            _role(planner.organiser, draft, need)
            for need in planner.organiser.needs[draft.association.name]
        ),
        tuple(draft.missing or gaps[-1:]),
        tuple(draft.warnings),
    )


def _role(organiser: Organiser, draft: Draft, need: InputNeed) -> Role:
    used = [c for c in draft.chosen if c.role == need.role]
    chosen = tuple(_candidate(c.frame, c.level, c.delta_d, c.source, c.why) for c in used)
    taken = {c.frame.identity for c in used}
    others = () if need.main else _others(organiser, draft, need, taken)
    return Role(need.role, need.frame_types, need.min, need.max, need.main, chosen, tuple(others))


def _others(
    organiser: Organiser, draft: Draft, need: InputNeed, taken: set[Any]
) -> Sequence[Candidate]:
    rule = draft.association.rule(need.role)
    found: dict[Any, Candidate] = {}
    for source in rule.sources if rule else ():
        search = Search(organiser.pool, draft, rule, source, need.frame_types)  # type: ignore[arg-type]
        fitting = (
            one
            for one in search.ordered()
            if one.frame.identity not in taken | found.keys() and organiser.usable(one)
        )
        for one in islice(fitting, RUNNERS_UP - len(found)):
            found[one.frame.identity] = _candidate(one.frame, one.level, one.delta_d, source.label)
    return list(found.values())


def _candidate(
    frame: PlanFrame, level: int | None, delta_d: float | None, source: str, why: str = ""
) -> Candidate:
    number = frame.frame_id if frame.maker is None else None
    return Candidate(number, frame.name, frame.frame_type, level, delta_d, source, why)
