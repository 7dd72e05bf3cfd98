"""From a request to a plan: the catalogue is asked, files are hashed, then all is pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.plan.build import Builder, frames_used
from cobrex.plan.draft import Draft
from cobrex.plan.model import Located, Plan, PlanFrame, PlannedProcess
from cobrex.plan.organise import FAILED, Organiser, Signature
from cobrex.plan.pool import Pool
from cobrex.process import quality
from cobrex.rules.model import Association
from cobrex_db import locate, processes
from cobrex_db.stars.lookup import Star, resolve

from . import drafts, frames, rules
from .recipes import Kitchen
from .request import Request

if TYPE_CHECKING:
    from sqlalchemy import Engine

Progress = Callable[[int, int], None]


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
    """

    request: Request
    stars: list[Star]
    plan: Plan
    asked: set[str]
    known: dict[str, processes.Known]
    reused: set[str]
    attempts: dict[str, int]
    kitchen: Kitchen

    @property
    def wanted(self) -> list[str]:
        """Keys of the processes to make, producers first."""
        return [p.key for p in self.plan.processes if p.key not in self.reused]

    @property
    def spoilt(self) -> list[str]:
        """Keys of processes asked for that are done, but whose products failed their QC."""
        return [k for k in sorted(self.asked & self.reused) if self.known[k].verdict == "fail"]


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
    kitchen.lock = request.lock
    copy = kitchen.draft = drafts.read(request, kitchen.settings)
    associations, chosen = rules.answer(request, copy)
    if copy is not None:
        associations, kitchen.note = drafts.with_rule(copy, associations)
        chosen = rules.choose(request, associations, copy.manifest.name)
    needed = rules.below(chosen, associations)
    for association in needed:
        kitchen.take(association, request if association in chosen else None)
    with engine.connect() as connection:
        stars = [resolve(connection, name) for name in request.stars]
        roots = {a.name: rules.root(a, associations) for a in chosen}
        main = {
            n: frames.main_frames(connection, a, rules.of_root(request, a), stars)
            for n, a in roots.items()
        }
        if not any(main.values()):
            raise frames.nothing_matches(connection, list(roots.values()), request, stars)
        needs = [n for m in kitchen.manifests.values() for n in m.inputs if not n.main]
        served = {t for n in needs for t in n.frame_types}
        others = frames.other_frames(connection, needed, served, main, request.workspace)
    draft = _Drafting(engine, kitchen, request, stars, associations, main, others, progress)
    draft.settle()
    return draft.prepared(stars)


@dataclass(slots=True)
class _Drafting:
    """Plans until no input is a product that failed; the excluded set only grows, so it ends."""

    engine: Engine
    kitchen: Kitchen
    request: Request
    stars: list[Star]
    associations: Mapping[str, Association]
    main: Mapping[str, list[PlanFrame]]
    others: Mapping[str, list[PlanFrame]]
    progress: Progress | None
    excluded: dict[Signature, tuple[str, str]] = field(default_factory=dict)
    located: dict[int, Located] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    asked: set[str] = field(default_factory=set)
    known: dict[str, processes.Known] = field(default_factory=dict)

    def settle(self) -> None:
        """Plan, look which products failed, plan without them."""
        while spoilt := self._round() - self.excluded.keys():
            self.excluded |= dict.fromkeys(spoilt, FAILED)

    def _round(self) -> set[Signature]:
        needs = {name: manifest.inputs for name, manifest in self.kitchen.manifests.items()}
        outputs = {
            name: {o.role: o.frame_type for o in manifest.outputs}
            for name, manifest in self.kitchen.manifests.items()
        }
        pool = Pool(self.associations, outputs, self.others)
        organiser = Organiser(pool, needs, self.excluded)
        drafts = [
            d
            for name, found in self.main.items()
            for d in organiser.organise(self.associations[name], self._goals(pool, name, found))
        ]
        self._locate(drafts)
        builder = Builder(self.kitchen.uses, self.located, self.request.workspace)
        self.asked = {p.key for p in (builder.add(d) for d in drafts) if p is not None}
        self.plan = builder.plan
        with self.engine.connect() as connection:
            self.known = processes.known(connection, [p.key for p in self.plan.processes])
        return {builder.signatures[p.key] for p in self.plan.processes if self._failed(p)}

    def _goals(self, pool: Pool, name: str, found: list[PlanFrame]) -> list[PlanFrame]:
        association = self.associations[name]
        if not association.main.origin:
            return found
        return frames.asked(pool.main_frames(association), self.request, self.stars)

    def _locate(self, drafts: Iterable[Draft]) -> None:
        missing = [i for i in frames_used(drafts) if i not in self.located]
        found = locate.locate(self.engine, missing, self.progress)
        self.located |= {i: Located(str(path), content) for i, (path, content) in found.items()}

    def prepared(self, stars: list[Star]) -> Prepared:
        """Return the plan with what need not be made."""
        forced = self.asked if self.request.force else set()
        made = {p.key for p in self.plan.processes if p.key not in forced and self._is_made(p)}
        reused = {p.key for p in self.plan.processes} - self._wanted(made)
        attempts = {p.key: self._attempt(p.key, p.key in reused) for p in self.plan.processes}
        return Prepared(
            self.request, stars, self.plan, self.asked, self.known, reused, attempts, self.kitchen
        )

    def _wanted(self, made: set[str]) -> set[str]:
        """What is asked for and not made, what that needs, and what that puts out of use."""
        makers = {p.key: {i.producer for i in p.inputs if i.producer} for p in self.plan.processes}
        wanted: set[str] = set()
        found = -1
        while found < len(wanted):
            found = len(wanted)
            needed = self.asked.union(*(makers[k] for k in wanted))
            # a new attempt of a producer invalidates what was made from its earlier one
            wanted |= {k for k in needed if k not in made or makers[k] & wanted}
        return wanted

    def _is_made(self, process: PlannedProcess) -> bool:
        """Done, and all it made still there."""
        known = self.known.get(process.key)
        if known is None or not known.made:
            return False
        folder = self.kitchen.settings.store / known.folder
        try:
            generated = _record(folder)["generated"]
            there = all((folder / product["file"]).is_file() for product in generated)
        except (OSError, ValueError, LookupError, TypeError):
            return False
        return there and (known.verdict != "fail" or self._failed(process))

    def _failed(self, process: PlannedProcess) -> bool:
        """Its products failed their QC, and would by the ranges of the version used now."""
        known = self.known.get(process.key)
        if known is None or known.verdict != "fail":
            return False
        try:
            metrics = _record(self.kitchen.settings.store / known.folder)["qc"]
            found = {
                m["name"]: (m["value"], m["product"]) for m in metrics if m["value"] is not None
            }
            judged = quality.judge(found, process.recipe.manifest["qc"])
        except (OSError, ValueError, LookupError, TypeError):
            return True
        return quality.verdict(judged) == "fail"

    def _attempt(self, key: str, reused: bool) -> int:
        if key not in self.known:
            return 1
        known = self.known[key]
        return known.made if reused else known.attempts + 1


def _record(folder: Path) -> Any:
    return json.loads((folder / "record.json").read_text(encoding="utf-8"))
