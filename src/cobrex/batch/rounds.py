"""The rounds of a batch: make, look what failed, plan without it, until nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex.plan.chunk import Sizing, chunked
from cobrex.plan.file import PlanFile, write_plan
from cobrex.plan.model import PlannedProcess
from cobrex.plan.organise import FAILED
from cobrex.process.record import Record
from cobrex.settings import Settings
from cobrex_db import batches, members, processes
from cobrex_db.engine import transact
from cobrex_registry.locks.lock import write as write_lock

from . import causes, claims, locks, snakemake
from .attend import TAKEN, Care, Ended, attend
from .change import called
from .follow import Follower
from .needs import needs_of, past_of
from .opening import Opened
from .outcome import Outcome
from .prepare import Prepared, finish
from .stop import Stopping
from .tries import Tries, stranded, unbegun, unmade

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(slots=True)
class Listener:
    """What a caller wants to hear of a batch; each does nothing unless given.

    Attributes
    ----------
    on_message : callable
        A line for people.
    on_record : callable
        A record, once it is in the catalogue.
    on_round : callable
        How many processes a further round makes.
    """

    on_message: Callable[[str], None] = lambda text: None
    on_record: Callable[[Record], None] = lambda record: None
    on_round: Callable[[int], None] = lambda number: None


class _GoneError(Exception):
    """What was to be reused has gone out of use since it was planned."""


@dataclass(slots=True)
class Rounds:
    """Makes what plans want, one plan after the other.

    Attributes
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    opened : Opened
    outcome : Outcome
        Filled.
    listener : Listener
    stopping : Stopping
        Who asks the batch to stop.
    number : int
        Of the latest round.
    tries : Tries
        What is made again by itself.
    """

    engine: Engine
    settings: Settings
    opened: Opened
    outcome: Outcome
    listener: Listener
    stopping: Stopping
    number: int = field(init=False)
    tries: Tries = field(default_factory=Tries)

    def __post_init__(self) -> None:
        self.number = self.opened.last

    def go(self) -> None:
        """Make the plan of the outcome, and those that follow from what failed."""
        following: Prepared | None = self.outcome.prepared
        while following is not None:
            self.stopping.give_way()
            prepared = self.outcome.prepared = following
            planned = prepared.wanted
            claims.claim(
                self.engine, self.settings, prepared, self.outcome.name,
                on_message=self.listener.on_message, on_wait=self.stopping.give_way,
            )  # fmt: skip
            following = self._instead(prepared, planned) or self._round(prepared, planned)
            if following is not None:
                self._tell(following)
        if self.outcome.state == "running":
            self.outcome.state = "failed" if self.outcome.is_failed else "done"

    def _instead(self, prepared: Prepared, planned: list[str]) -> Prepared | None:
        """What another batch made meanwhile, and was waited for, may have failed."""
        taken = [prepared.known[k] for k in planned if k in prepared.reused]
        if not any(known.verdict == "fail" for known in taken):
            return None
        following = self._next(prepared, planned, set())
        if following is not None:
            transact(self.engine, lambda c: processes.release(c, self.outcome.name))
        return following

    def _tell(self, prepared: Prepared) -> None:
        self.outcome.lost |= any(change.what == "gap" for change in prepared.changes)
        count = len(prepared.wanted)
        self.listener.on_message(f"round {self.number + 1}: {count or 'nothing'} to make")
        build_environments(prepared, self.listener)
        self.listener.on_round(count)

    def _round(self, prepared: Prepared, planned: list[str]) -> Prepared | None:
        outcome = self.outcome
        self.number += 1
        plan = self._write_plan(prepared)
        try:
            round_id = transact(self.engine, lambda c: self._begin(c, prepared, plan.path.name))
        except _GoneError:
            self.number -= 1
            return self._anew(prepared)
        outcome.changes += prepared.changes
        follower = Follower(self.engine, plan, outcome.name, round_id, self.listener.on_record)
        follower.spool.clear()
        try:
            ended = self._attend(plan, follower)
            outcome.not_made = follower.missing
        finally:
            outcome.records |= follower.records
            outcome.changes += follower.changes
        plan.close()
        self.tries.avoid |= ended.lost_nodes
        if ended.stopped:
            outcome.state = "interrupted" if ended.how == TAKEN else "cancelled"
            return None
        again = self._again(prepared, set(planned))
        left = set(planned) - outcome.records.keys() - again
        notes = unbegun(prepared.plan.processes, left, outcome.records)
        transact(self.engine, lambda c: members.note(c, round_id, notes))
        return self._next(prepared, planned, again)

    def _attend(self, plan: PlanFile, follower: Follower) -> Ended:
        """Attend to a round; a later one in which nothing could begin is not the end of all."""
        try:
            return attend(self._command(plan), self.outcome.folder, follower, self._care())
        except UsageError as error:
            if error.kind != "snakemake" or self.number == self.opened.last + 1:
                raise
            self.listener.on_message(f"{error.message} ({error.hint})")
            return Ended("")

    def _command(self, plan: PlanFile) -> list[str]:
        opened, slurm = self.opened, self.opened.submissions.prefix
        at_once = self.settings.site.max_jobs if slurm else opened.cores
        return snakemake.command(plan.path, profile=opened.profile, jobs=at_once, prefix=slurm)

    def _care(self) -> Care:
        return Care(
            self.stopping,
            self.opened.submissions,
            self.settings.site.patience_s,
            self.listener.on_message,
        )

    def _write_plan(self, prepared: Prepared) -> PlanFile:
        path = self.outcome.folder / f"plan-{self.number}.sqlite"
        request = prepared.request
        if self.number == 1:
            self._write_lock(prepared)
        meta: dict[str, Any] = {
            "store": str(self.settings.store),
            "batch": self.outcome.name,
            "round": self.number,
            "user": request.user,
            "cobrex": version("cobrex"),
            "request": prepared.request.as_json(),
            "keep_scratch": request.keep_scratch,
            "scratch": self.settings.site.scratch,
        }
        reused = {key: prepared.known[key].folder for key in prepared.reused}
        avoid = tuple(sorted(self.tries.avoid))
        found = needs_of(prepared, past_of(self.engine, prepared), self.tries.grown())
        needs = {key: one.away(avoid) for key, one in found.items()} if avoid else found
        write_plan(
            path,
            prepared.plan,
            attempts=prepared.attempts,
            reused=reused,
            meta=meta,
            chunks=chunked(prepared.to_make, needs, self._sizing()),
        )
        return PlanFile(path)

    def _write_lock(self, prepared: Prepared) -> None:
        request = prepared.request
        lock = request.lock or locks.used(prepared.kitchen, request.workflow)
        if lock is not None:
            write_lock(self.outcome.folder / locks.FILE, lock)

    def _sizing(self) -> Sizing:
        local = snakemake.executor(self.opened.profile) == "local"
        return Sizing.one_machine(self.opened.cores) if local else Sizing.cluster()

    def _begin(self, connection: Connection, prepared: Prepared, plan: str) -> int:
        reused = prepared.reused
        ids = {key: prepared.known[key].process_id for key in reused}
        ids |= processes.ids_of(connection, prepared.wanted)
        round_id = batches.begin_round(
            connection,
            batch_id=self.opened.batch_id,
            number=self.number,
            plan=plan,
            members=[
                (ids[p.key], "reused" if p.key in reused else "waiting", p.level)
                for p in prepared.plan.processes
            ],
            gaps=[asdict(g) for g in prepared.plan.gaps],
            changes=[asdict(c) for c in prepared.changes],
        )
        # who cleans waits for these rows, or has been waited for: only now it is told for good
        there = processes.known(connection, reused)
        if any(there[key].made != prepared.attempts[key] for key in reused):
            raise _GoneError
        return round_id

    def _anew(self, prepared: Prepared) -> Prepared:
        """Plan once more: what was to be reused was cleaned away or made anew since."""
        self.listener.on_message("what was to be reused has changed meanwhile: planning again")
        transact(self.engine, lambda c: processes.release(c, self.outcome.name))
        planner = prepared.planner
        planner.renew()
        planner.exclude({k: FAILED for k, one in planner.known.items() if one.verdict == "fail"})
        return finish(planner)

    def _next(self, prepared: Prepared, planned: list[str], again: set[str]) -> Prepared | None:
        """Plan without what failed, and again what was lost; None when nothing is to be made."""
        mine = set(planned)
        with self.engine.connect() as connection:
            known = processes.known(connection, planned)
        records = self.outcome.records
        done = {k for k in mine & records.keys() if records[k]["outcome"] == "done"}
        self.outcome.withdrawn |= {k for k in done if not known[k].made}
        failed = {
            p.key: why
            for p in prepared.plan.processes
            if p.key in mine - again and (why := _failure(p, records.get(p.key), known.get(p.key)))
        }
        used = {i.producer for p in prepared.plan.processes for i in p.inputs}
        planner = prepared.planner
        planner.fresh |= done
        planner.given_up |= (mine & records.keys()) - done - again
        planner.given_up |= stranded(prepared.plan.processes, planner.given_up)
        for key in again:
            records.pop(key, None)
        other = bool(used & failed.keys()) and planner.exclude(failed)
        if not other and not again:
            return None
        if not other:
            planner.renew()
        return finish(planner)

    def _again(self, prepared: Prepared, mine: set[str]) -> set[str]:
        """What is made once more by itself; a process that only waited comes with its maker."""
        records = self.outcome.records
        has_record = records.keys() | prepared.reused
        planned = prepared.plan.processes
        began = {
            p.key for p in planned if all(i.producer in has_record for i in p.inputs if i.producer)
        }
        this_round = {k: r for k, r in records.items() if k in mine}
        moved = any(r["outcome"] == "done" for r in this_round.values())
        return self.tries.again(planned, unmade(mine, this_round, began), moved=moved)


def _failure(
    process: PlannedProcess, record: Mapping[str, Any] | None, known: processes.Known | None
) -> tuple[str, str] | None:
    """Why what a process made must not be used, and the cure; None when it may."""
    if record is not None and record["outcome"] in {"failed", "lost"}:
        if causes.of_record(record) in causes.NO_FAULT:
            return None
        return (
            f"{called(process)} {record['outcome']}: {record['reason']}",
            f"cobrex process logs {process.key[:8]}; the same command tries it again",
        )
    return FAILED if known is not None and known.verdict == "fail" else None


def build_environments(prepared: Prepared, listener: Listener) -> None:
    """Build the environments that what is to be made needs, and say so."""
    wanted = {p.recipe.name for p in prepared.to_make}
    uses = prepared.kitchen.uses
    names = [n for n, use in uses.items() if use.name in wanted]
    new = {
        uses[n].name.removeprefix("main/")
        for n in names
        if (path := uses[n].environment["path"]) and not Path(path).is_dir()
    }
    if new:
        listener.on_message(f"building the environment of {', '.join(sorted(new))} (once)")
    prepared.kitchen.build_environments(names)
