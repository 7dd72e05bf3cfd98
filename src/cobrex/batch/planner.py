"""Plans, and plans again: the rules and frames of one request, less what must not be used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cobrex.plan.basis import Basis
from cobrex.plan.build import Builder, frames_used
from cobrex.plan.collector import paused
from cobrex.plan.draft import Draft, PlanFrame, Signature
from cobrex.plan.model import Located, PlannedProcess, uses
from cobrex.plan.organise import FAILED, Organiser
from cobrex.plan.pinned import Pins
from cobrex.plan.pool import Pool
from cobrex.process import quality
from cobrex.rules.model import Association
from cobrex.rules.read import VERDICTS
from cobrex_db import candidates, locate, processes
from cobrex_db.people import utc_now
from cobrex_db.stars.lookup import Star

from . import frames, judge, pins, reach, rules
from .change import Built, Change, called, compare
from .on_disk import OnDisk
from .recipes import Kitchen
from .request import Request
from .standing import Standing

if TYPE_CHECKING:
    from sqlalchemy import Engine

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Planner:
    """Plans until no input is a product that failed; the excluded set only grows, so it ends.

    Attributes
    ----------
    engine : sqlalchemy.Engine
    kitchen : Kitchen
    request : Request
    stars : list of Star
    associations : mapping of str to Association
        All rules.
    goals : tuple of str
        Names of those asked for.
    progress : callable or None
    excluded : dict of signature to (str, str)
        What must not be used: why, and the cure.
    given_up : set of str
        Keys that failed in this batch: another command tries them again.
    fresh : set of str
        Keys that were made in this batch: what is forced is made once.
    there : OnDisk
        Tells whether all that a known process made is still there.
    built : Built
        The latest plan.
    asked : set of str
        Keys of what is asked for.
    known : dict of str to Known
    standing : Standing
    organiser : Organiser
        Made the latest plan's choices.
    drafts : list of Draft
        What is asked for, with these choices.
    changes : list of Change
        What the latest plan does otherwise.
    """

    engine: Engine
    kitchen: Kitchen
    request: Request
    stars: list[Star]
    associations: Mapping[str, Association]
    goals: tuple[str, ...]
    progress: Progress | None
    excluded: dict[Signature, tuple[str, str]] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    known: dict[str, processes.Known] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    there: OnDisk = field(init=False)
    built: Built = field(init=False)
    standing: Standing = field(init=False)
    organiser: Organiser = field(init=False)
    drafts: list[Draft] = field(default_factory=list)
    _main: Mapping[str, list[PlanFrame]] = field(default_factory=dict)
    _others: Mapping[str, list[PlanFrame]] = field(default_factory=dict)
    _located: dict[int, Located] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)
    _verdicts: dict[Signature, str] = field(default_factory=dict)
    _scope: reach.Scope = field(default_factory=lambda: reach.Scope(frozenset()))
    _horizon: int = 0
    _pins: Pins = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.there = OnDisk(self.engine, self.kitchen.settings.store)

    def settle(self) -> None:
        """Plan, look which products failed, plan without them."""
        self._pins = pins.load(self.engine, self.request)
        self._ask()
        self._build(learn=False)
        while self._judge():
            self._ask()
            self._build(learn=False)
        # what rules make of verdicts comes after these have been judged again
        if self._learn():
            self._build()
        while spoilt := self._spoilt():
            self._without(spoilt)

    @paused()
    def _ask(self) -> None:
        """Ask the catalogue for the frames of the request."""
        goals = [self.associations[name] for name in self.goals]
        roots = {a.name: rules.root(a, self.associations) for a in goals}
        needs = [n for m in self.kitchen.manifests.values() for n in m.inputs if not n.main]
        served = {t for n in needs for t in n.frame_types}
        needed = rules.below(goals, self.associations)
        request = self.request
        with self.engine.connect() as connection:
            self._main = {
                n: frames.main_frames(connection, a, rules.of_root(request, a), self.stars)
                for n, a in roots.items()
            }
            if not any(self._main.values()):
                there = list(roots.values())
                raise frames.nothing_matches(connection, there, request, self.stars)
            self._scope = reach.scope(needed, served, self._main)
            self._others = frames.other_frames(connection, self._scope, request.workspace)
            self._horizon = candidates.horizon(connection)

    def exclude(self, keys: Mapping[str, tuple[str, str]]) -> bool:
        """Plan without what some processes make.

        Parameters
        ----------
        keys : mapping of str to (str, str)
            Why it must not be used, and the cure, by key.

        Returns
        -------
        bool
            Whether the plan is another one now; `changes` tells how.
        """
        self.changes = []
        signatures = self.built.signatures
        spoilt = {signatures[k]: why for k, why in keys.items() if k in signatures}
        spoilt = {s: why for s, why in spoilt.items() if s not in self.excluded}
        while spoilt:
            self._without(spoilt)
            spoilt = self._spoilt()
        return bool(self.changes)

    def renew(self) -> None:
        """Plan the same again, with what the catalogue knows by now."""
        self.changes = []
        self._build()

    def _without(self, spoilt: Mapping[Signature, tuple[str, str]]) -> None:
        self.excluded |= spoilt
        before = self.built
        self._build()
        self.changes += compare(before, self.built, self.excluded)

    def _spoilt(self) -> dict[Signature, tuple[str, str]]:
        """What the plan would use that failed, or was rejected."""
        signatures = self.built.signatures
        return {
            signatures[p.key]: self._why(p)
            for p in self.built.plan.processes
            if self._fails(p.key) and signatures[p.key] not in self.excluded
        }

    def _fails(self, key: str) -> bool:
        return key in self.known and self.known[key].verdict == "fail"

    def _why(self, process: PlannedProcess) -> tuple[str, str]:
        if self.known[process.key].accepted is None:
            return FAILED
        return (
            f"{called(process)} was rejected by a person",
            f"cobrex validate show {process.key[:8]} tells why; accept takes it back",
        )

    @paused()
    def _build(self, *, learn: bool = True) -> None:
        manifests = self.kitchen.manifests.items()
        needs = {name: manifest.inputs for name, manifest in manifests}
        outputs = {name: {o.role: o.frame_type for o in m.outputs} for name, m in manifests}
        pool = Pool(self.associations, outputs, self._others, self._verdicts)
        self.organiser = Organiser(pool, needs, self.excluded, self._pins)
        self.drafts = drafts = [
            d for name, found in self._main.items() for d in self._organised(pool, name, found)
        ]
        self._locate(drafts)
        self.standing = self._stands()
        builder = Builder(
            self.kitchen.uses, self._located, self.request.workspace, self.standing,
            bind=self.kitchen.bound,
        )  # fmt: skip
        self.asked = {p.key for p in (builder.add(d) for d in drafts) if p is not None}
        builder.plan.basis = self._basis(pool)
        self.built = Built(builder.plan, builder.signatures)
        with self.engine.connect() as connection:
            known = processes.known(connection, [p.key for p in builder.plan.processes])
        self.there.learn(known.values())
        refused = {k: judge.with_verdict(known[k], "fail") for k in self._refused & known.keys()}
        self.known = known | refused
        if learn and self._learn():
            self._build()

    def _learn(self) -> bool:
        """Note how what has been made was judged; whether a rule may choose otherwise by it."""
        signatures = self.built.signatures
        now = {
            signatures[key]: known.verdict or "unchecked"
            for key, known in self.known.items()
            if known.made and key in signatures
        }
        other = {s for s, verdict in now.items() if self._verdicts.get(s) != verdict}
        self._verdicts |= now
        taken = [self.associations[name] for name in self.kitchen.manifests]
        return bool(other) and any(set(VERDICTS) - set(r.verdicts) for a in taken for r in a.inputs)

    def _basis(self, pool: Pool) -> dict[str, Any]:
        scope, organiser = self._scope, self.organiser
        return Basis(
            self.associations, organiser.needs, pool.outputs, self.request.workspace,
            utc_now().isoformat(), self._horizon, tuple(scope.types), scope.nights, scope.lineage,
            self.excluded, self._verdicts,
        ).as_meta()  # fmt: skip

    def _organised(self, pool: Pool, name: str, found: list[PlanFrame]) -> list[Draft]:
        association = self.associations[name]
        if self.request.main:
            return [self.organiser.one(association, found)]
        return self.organiser.organise(association, self._goals(pool, name, found))

    def _goals(self, pool: Pool, name: str, found: list[PlanFrame]) -> list[PlanFrame]:
        association = self.associations[name]
        if not association.main.origin:
            return found
        return frames.asked(pool.main_frames(association), self.request, self.stars)

    def _stands(self) -> Standing:
        recipes = {use.name for use in self.kitchen.uses.values()}
        return Standing(
            self.engine, recipes, self.request, self._main.keys(), self.there, self._refused
        )

    def _locate(self, drafts: Iterable[Draft]) -> None:
        missing = [i for i in frames_used(drafts) if i not in self._located]
        found = locate.locate(self.engine, missing, self.progress)
        self._located |= {i: Located(*place) for i, place in found.items()}

    def _judge(self) -> bool:
        """Judge known processes by the ranges in force; whether another plan may follow."""
        cases = {}
        planned = self.built.plan.processes
        hashes = {id(u): quality.ranges_hash(u.manifest["qc"]) for u in uses(planned)}
        for p in planned:
            known = self.known.get(p.key)
            if known is not None and known.made and known.ranges_hash != hashes[id(p.recipe)]:
                ranges = tuple(p.recipe.manifest["qc"])
                cases[p.key] = judge.Case(known.process_id, known.attempt_id, called(p), ranges)
        sentence = judge.judge(self.engine, cases.values(), store=self.in_force)
        self.changes += sentence.changes
        now = {
            k: judge.with_verdict(self.known[k], sentence.verdicts[case.process_id])
            for k, case in cases.items()
        }
        other = {k for k, known in now.items() if known.verdict != self.known[k].verdict}
        if sentence.stored:
            self.known |= now
            return bool(other)
        # not in force for others: this plan may be stricter than the catalogue, not laxer
        refused = {k for k in other if now[k].verdict == "fail"} - self._refused
        self._refused |= refused
        return bool(refused)

    @property
    def in_force(self) -> bool:
        """Whether the versions of this request are those in use, and not of another time."""
        asked, another = self.request.recipe or "", self.request.trial or self.request.lock
        return not another and "@" not in asked and "#" not in asked


def prune(planned: list[PlannedProcess], asked: Collection[str]) -> None:
    """Drop what nothing that is asked for is made from."""
    needed = set(asked)
    for process in reversed(planned):
        if process.key in needed:
            needed |= {i.producer for i in process.inputs if i.producer}
    planned[:] = [p for p in planned if p.key in needed]
