"""Drives a batch: claims, plan file, Snakemake, records, report."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex.plan.file import PlanFile, attempt_folder, write_plan
from cobrex.process.execute import tail
from cobrex.process.record import Record
from cobrex.settings import Settings
from cobrex_db import batches, processes
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.people import utc_now
from cobrex_registry.locks.lock import write as write_lock

from . import claims, driver, locks, snakemake
from .follow import Follower, take
from .lost import write_lost
from .prepare import Prepared

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
    """

    on_message: Callable[[str], None] = lambda text: None
    on_record: Callable[[Record], None] = lambda record: None


@dataclass(slots=True)
class Outcome:
    """How a batch ended.

    Attributes
    ----------
    name : str
    folder : pathlib.Path
    state : str
        ``done``, ``failed``, ``interrupted``.
    records : dict of str to dict
        Of the processes it made, by key.
    not_made : list of str
        Keys that have no record.
    report : pathlib.Path or None
    """

    name: str
    folder: Path
    state: str
    records: dict[str, Record] = field(default_factory=dict)
    not_made: list[str] = field(default_factory=list)
    report: Path | None = None

    @property
    def failures(self) -> list[Record]:
        """Records of processes that failed, or whose products did."""
        return [
            r for r in self.records.values() if r["outcome"] != "done" or r["verdict"] == "fail"
        ]


def batch_names(prepared: Prepared, settings: Settings) -> Iterator[str]:
    """Yield names for a batch that has none: date, star, a number whose folder is free."""
    stars = prepared.request.stars
    what = prepared.stars[0].identifier.replace(" ", "").lower() if len(stars) == 1 else "batch"
    safe = "".join(c if (c.isascii() and c.isalnum()) or c in "-_+." else "_" for c in what)[:40]
    stem = f"{utc_now():%Y%m%d}-{safe}"
    names = (f"{stem}-{number}" for number in count(1))
    return (n for n in names if not (settings.batches / n).exists())


def reconcile(engine: Engine, settings: Settings, prepared: Prepared) -> bool:
    """Take records into the catalogue that a killed driver left in the store.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    prepared : Prepared

    Returns
    -------
    bool
        True when there were some: the plan is to be made again.
    """
    found = False
    for process in prepared.plan.processes:
        key = process.key
        if key in prepared.reused or key not in prepared.known:
            continue
        use, first = process.recipe, prepared.known[key]
        # whoever was killed may have planned it by another version with the same code
        for name, version in dict.fromkeys(
            ((use.name, use.version), (first.recipe, first.version))
        ):
            folder = attempt_folder(name, version, key, prepared.attempts[key])
            record = take(engine, settings.store / folder / "record.json", settings.store)
            found = found or record is not None
    return found


def drive(
    engine: Engine,
    settings: Settings,
    prepared: Prepared,
    *,
    name: str | None,
    profile: str,
    jobs: int,
    listener: Listener,
) -> Outcome:
    """Make what a plan wants, as a batch.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    prepared : Prepared
    name : str or None
        Of the batch.
    profile : str
        Snakemake profile.
    jobs : int
        Cores on this machine.
    listener : Listener

    Returns
    -------
    Outcome

    Raises
    ------
    CatalogueError, RegistryError, UsageError
        Name taken; environment that cannot be built; unknown profile.
    KeyboardInterrupt
        After the batch has been closed as interrupted.
    """
    folder_of_profile = snakemake.profile_folder(profile)
    _build_environments(prepared, listener)
    batch_id, name = _open(engine, settings, prepared, name)
    folder = claims.batch_folder(settings, name)
    folder.mkdir(parents=True, exist_ok=True)
    driver.sign(folder, None)
    outcome = Outcome(name, folder, "interrupted")
    try:
        _end_like_interrupt()
        claims.claim(engine, settings, prepared, name, listener.on_message)
        plan = _write_plan(settings, prepared, outcome)
        round_id = transact(engine, lambda c: _begin_round(c, prepared, batch_id, plan.path.name))
        follower = Follower(engine, plan, name, round_id, listener.on_record)
        argv = snakemake.command(plan.path, profile=folder_of_profile, jobs=jobs)
        _follow(argv, folder, follower)
        outcome.not_made = _account_for_missing(plan, follower)
        outcome.records = follower.records
        outcome.state = "failed" if outcome.failures or outcome.not_made else "done"
        plan.close()
    finally:
        transact(engine, lambda c: _end(c, batch_id, name, outcome.state))
    return outcome


def _end_like_interrupt() -> None:
    """A driver that is asked to end closes its batch first, as with ^C."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupt)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            signal.signal(signal.SIGHUP, interrupt)


def _build_environments(prepared: Prepared, listener: Listener) -> None:
    wanted = {p.recipe.name for p in prepared.plan.processes if p.key not in prepared.reused}
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


def _open(
    engine: Engine, settings: Settings, prepared: Prepared, name: str | None
) -> tuple[int, str]:
    """Begin the batch; a name that was not asked for is the next that nobody has taken."""
    names = iter([name]) if name else batch_names(prepared, settings)
    while True:
        chosen = next(names)
        claims.batch_folder(settings, chosen)  # refuses what is no name
        try:
            return transact(engine, lambda c, n=chosen: _begin(c, prepared, n)), chosen  # type: ignore[misc]
        except CatalogueError as error:
            if name or error.kind != "batch-name":
                raise


def _begin(connection: Connection, prepared: Prepared, name: str) -> int:
    request = prepared.request
    return batches.begin_batch(
        connection,
        name=name,
        user=request.user,
        workspace=request.workspace,
        request=request.as_json(),
        folder=f"batches/{name}",
    )


def _write_plan(settings: Settings, prepared: Prepared, outcome: Outcome) -> PlanFile:
    path = outcome.folder / "plan-1.sqlite"
    if prepared.request.lock is not None:
        write_lock(outcome.folder / locks.FILE, prepared.request.lock)
    meta: dict[str, Any] = {
        "store": str(settings.store),
        "batch": outcome.name,
        "user": prepared.request.user,
        "keep_scratch": prepared.request.keep_scratch,
    }
    reused = {key: prepared.known[key].folder for key in prepared.reused}
    write_plan(path, prepared.plan, attempts=prepared.attempts, reused=reused, meta=meta)
    return PlanFile(path)


def _begin_round(connection: Connection, prepared: Prepared, batch_id: int, plan: str) -> int:
    members = prepared.plan.processes
    known = processes.known(connection, [p.key for p in members])
    return batches.begin_round(
        connection,
        batch_id=batch_id,
        number=1,
        plan=plan,
        members=[
            (known[p.key].process_id, "reused" if p.key in prepared.reused else "waiting", p.level)
            for p in members
        ],
        gaps=[asdict(g) for g in prepared.plan.gaps],
    )


def _end(connection: Connection, batch_id: int, name: str, state: str) -> None:
    batches.end_batch(connection, batch_id, state)
    processes.release(connection, name)


def _follow(argv: list[str], folder: Path, follower: Follower) -> None:
    if not follower.plan.members():
        return
    workflow = snakemake.start(argv, folder)
    driver.sign(folder, workflow.process.pid)
    try:
        follower.follow(workflow)
    finally:
        workflow.stop()
        # killed alone it leaves the processes it started; they would go on writing
        snakemake.signal_group(workflow.process.pid, signal.SIGKILL)
        follower.look()
    if not follower.records and (workflow.process.returncode or 0) > 0:
        said = tail(folder / snakemake.LOG, lines=1) or ["nothing on its log"]
        raise UsageError(
            f"Snakemake made nothing: {said[0].strip()}",
            hint=f"see {folder / snakemake.LOG}; no process has been tried",
            kind="snakemake",
        )


def _account_for_missing(plan: PlanFile, follower: Follower) -> list[str]:
    """Processes without a record: those whose inputs were there were lost, and get one."""
    missing = {k: None for k in plan.members() if k not in follower.records}
    for key in missing:
        producers = [i.producer for i in plan.inputs(key) if i.producer]
        if not any(p in missing for p in producers):
            write_lost(plan, key)
    follower.look()
    return [k for k in missing if k not in follower.records]
