"""From a request to a plan: the catalogue is asked, files are hashed, then all is pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cobrex.plan.collector import paused
from cobrex.plan.model import Plan, PlannedProcess
from cobrex.rules import book
from cobrex.rules.model import Association
from cobrex_db import processes, series
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.stars.lookup import Star, resolve

from . import access, drafts, holds, rules
from .change import Change
from .planner import Planner, Progress, prune
from .recipes import Kitchen
from .request import Request
from .standing import Stale

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(slots=True)
class Prepared:
    """A plan with what the catalogue knows of its processes.

    Attributes
    ----------
    request : Request
    stars : list of Star
        The stars asked for, resolved.
    plan : Plan
    asked : set of str
        Keys of the processes of the main frames.
    known : dict of str to Known
    reused : set of str
        Keys of processes that need not be made.
    attempts : dict of str to int
        Which attempt to make or, for reused ones, to read.
    kitchen : Kitchen
    planner : Planner
        Plans again without what failed.
    stale : list of Stale
        What is used though something better can be made.
    changes : list of Change
        What is otherwise than the best, or than the round before.
    """

    request: Request
    stars: list[Star]
    plan: Plan
    asked: set[str]
    known: dict[str, processes.Known]
    reused: set[str]
    attempts: dict[str, int]
    kitchen: Kitchen
    planner: Planner
    stale: list[Stale] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def wanted(self) -> list[str]:
        """Keys of the processes to make, producers first."""
        return [p.key for p in self.to_make]

    @property
    def to_make(self) -> list[PlannedProcess]:
        """The processes to make, producers first."""
        return [p for p in self.plan.processes if p.key not in self.reused]

    @property
    def spoilt(self) -> list[str]:
        """Keys of processes asked for that are done, but whose products failed their QC."""
        return [k for k in sorted(self.asked & self.reused) if self.known[k].verdict == "fail"]


@paused()
def prepare(
    engine: Engine, kitchen: Kitchen, request: Request, progress: Progress | None = None
) -> Prepared:
    """Plan a request.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    kitchen : Kitchen
        Of a registry; filled with the recipes of the plan.
    request : Request
    progress : callable, optional
        Called with (done, total) while files are hashed.

    Returns
    -------
    Prepared

    Raises
    ------
    UsageError, PlanError, CatalogueError, RegistryError
        No such star, frames, recipe, version, preset or parameter.
    """
    kitchen.namespaces = access.enter(engine, request)
    kitchen.lock = request.lock
    copy = kitchen.draft = drafts.read(request, kitchen.settings)
    associations, chosen = rules.answer(request, copy)
    if copy is not None:
        associations, kitchen.note = drafts.with_rule(copy, associations)
        chosen = rules.choose(request, associations, copy.manifest.name)
    names = [a.name for a in chosen]
    associations = _take(kitchen, request, associations, names)
    with engine.connect() as connection:
        stars = [resolve(connection, name) for name in request.stars]
    planner = Planner(
        engine,
        kitchen,
        request,
        stars,
        associations,
        tuple(names),
        progress,
    )
    planner.settle()
    prepared = finish(planner)
    if planner.in_force and not request.changes:
        _mark(engine, planner, prepared)
    return prepared


def _take(
    kitchen: Kitchen, request: Request, associations: dict[str, Association], chosen: Sequence[str]
) -> dict[str, Association]:
    """Take the recipes of all that may be needed; return the rules with what presets change."""
    taken: set[str] = set()
    while new := [a for a in _below(chosen, associations) if a.name not in taken]:
        for association in new:
            kitchen.take(association, request if association.name in chosen else None)
            taken.add(association.name)
        if kitchen.changes:
            known = book.load()
            associations = rules.changed(known, associations, kitchen.changes)
            kitchen.changes.clear()
            # what a person says wins over what a preset says
            mine = {n: c for n, c in request.changes.items() if n in taken}
            associations = rules.changed(known, associations, mine)
    return associations


def _below(chosen: Sequence[str], associations: Mapping[str, Association]) -> list[Association]:
    return rules.below([associations[name] for name in chosen], associations)


def finish(planner: Planner) -> Prepared:
    """Return a plan with what need not be made, and less what is not to be made.

    Parameters
    ----------
    planner : Planner
        Settled.

    Returns
    -------
    Prepared
    """
    request, known = planner.request, planner.known
    plan, asked = planner.built.plan, set(planner.asked)
    again = asked - planner.fresh if request.force else set()
    made = {
        p.key
        for p in plan.processes
        if p.key not in again and p.key in known and planner.there(known[p.key])
    }
    makes = {key for key in known if known[key].made}
    changes = list(planner.changes)
    idle = {p.key for p in plan.processes} - _wanted(plan, asked, made, makes)
    missing, waiting = _holds(planner, plan, made | idle)
    if missing or waiting:
        left = holds.leave_out(plan, asked, missing, waiting)
        changes += [Change("held", key, why) for key, why in left.held.items()]
        plan, asked = left.plan, left.asked
    left_over = [p for p in plan.processes if p.key not in planner.given_up]
    plan = replace(plan, processes=left_over)
    prune(plan.processes, asked)
    wanted = _wanted(plan, asked, made, makes)
    # what was cleaned away and is not needed is no part of the plan
    needed = made | wanted
    plan = replace(plan, processes=[p for p in plan.processes if p.key in needed])
    reused = {p.key for p in plan.processes} - wanted
    return Prepared(
        request,
        planner.stars,
        plan,
        asked,
        known,
        reused,
        {p.key: _attempt(known, p.key, p.key in reused) for p in plan.processes},
        planner.kitchen,
        planner,
        [s for k, s in planner.standing.stale.items() if k in reused],
        list(dict.fromkeys(changes)),
    )


def _holds(
    planner: Planner, plan: Plan, made: Collection[str]
) -> tuple[dict[str, holds.Reason], dict[str, holds.Reason]]:
    request = planner.request
    missing = holds.before(request.first, planner.associations, plan, made) if request.first else {}
    if not request.require_validation:
        return missing, {}
    with planner.engine.connect() as connection:
        return missing, holds.unaccepted(connection, plan, planner.known, made)


def _wanted(plan: Plan, asked: set[str], made: Collection[str], valid: Collection[str]) -> set[str]:
    """What is asked for and not made, what that needs, and what that puts out of use.

    A new attempt puts out of use what was made from the valid one it replaces, also through
    products that were cleaned away since; one in place of what was cleaned replaces nothing.
    """
    makers = {p.key: {i.producer for i in p.inputs if i.producer} for p in plan.processes}
    wanted: set[str] = set()
    found = -1
    while found < len(wanted):
        found = len(wanted)
        needed = (asked & makers.keys()).union(*(makers[k] for k in wanted))
        spoilt: set[str] = set()
        for key, found_makers in makers.items():  # producers first
            if (key in wanted and key in valid) or found_makers & spoilt:
                spoilt.add(key)
        wanted |= {k for k in needed if k not in made or makers[k] & spoilt}
    return wanted


def _attempt(known: Mapping[str, processes.Known], key: str, reused: bool) -> int:
    if key not in known:
        return 1
    return known[key].made if reused else known[key].attempts + 1


def _mark(engine: Engine, planner: Planner, prepared: Prepared) -> None:
    """Write down for which series something better can be made, and for which nothing."""
    stale = {s.series: s.why for s in prepared.stale}
    with engine.connect() as connection:
        marked = series.stale_why(connection, planner.standing.exact | stale.keys())
    fresh = (marked.keys() & planner.standing.exact) - stale.keys()
    if not fresh and all(marked.get(s) == why for s, why in stale.items()):
        return
    try:
        transact(engine, lambda c: series.mark(c, stale, fresh))
    except CatalogueError as error:  # somebody else's catalogue, read only
        if error.kind != "database-refused":
            raise
