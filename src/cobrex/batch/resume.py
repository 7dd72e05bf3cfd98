"""Goes on with a batch that was interrupted, cancelled or failed: what was asked, what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex.plan.model import PlannedProcess
from cobrex.settings import Settings
from cobrex_db.batch_members import ends_of
from cobrex_db.batch_story import find_batch
from cobrex_db.engine import ask
from cobrex_registry.errors import RegistryError
from cobrex_registry.held import held
from cobrex_registry.reading.near_miss import near_miss

from . import causes, driver, locks, orphans
from .prepare import Prepared, finish
from .request import Request

if TYPE_CHECKING:
    from sqlalchemy import Engine

_LOCK = "retry.lock"


@dataclass(frozen=True, slots=True)
class Stored:
    """A closed batch.

    Attributes
    ----------
    batch_id : int
    name, profile, state : str
    request : Request
        As it was asked, held by the versions that it was planned with.
    is_held : bool
        False when no lock says them: they may be others now.
    """

    batch_id: int
    name: str
    profile: str
    state: str
    request: Request
    is_held: bool


def find_own(engine: Engine, settings: Settings, name: str) -> dict[str, Any]:
    """Return a batch of the caller's own (`cobrex_db.batch_story.find_batch`).

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str
        Empty for the latest.

    Raises
    ------
    CatalogueError
        Kind ``unknown-batch``.
    UsageError
        Kind ``batch-of-another``.
    """
    batch = ask(engine, lambda c: find_batch(c, name or None, viewer=settings.user))
    if batch["user"] != settings.user:
        raise UsageError(
            f"batch {batch['name']} is {batch['user']}'s",
            hint="a cobrex reduce of your own uses all that it has made",
            kind="batch-of-another",
        )
    return batch


@contextmanager
def alone(engine: Engine, settings: Settings, name: str) -> Iterator[str]:
    """Go on with a batch alone: another command that takes it up would end what this one makes.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str
        Empty for the latest.

    Yields
    ------
    str
        Its name.

    Raises
    ------
    CatalogueError
        Kind ``unknown-batch``.
    UsageError
        Kinds ``batch-of-another``, ``batch-running``: another command does.
    """
    name = find_own(engine, settings, name)["name"]
    folder = settings.batches / name
    folder.mkdir(parents=True, exist_ok=True)
    other = UsageError(
        f"batch {name} is being driven, or taken up, by another command",
        hint=f"cobrex batch watch {name}; cobrex batch cancel {name}",
        kind="batch-running",
    )
    with held(folder / _LOCK, instead=other):
        yield name


def take_up(engine: Engine, settings: Settings, name: str) -> Stored:
    """Make sure that nothing of a batch runs any more; return what was asked.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str
        From `alone`.

    Returns
    -------
    Stored

    Raises
    ------
    CatalogueError
        Kind ``unknown-batch``.
    UsageError
        Kinds ``batch-of-another``, ``batch-running``, ``slurm-away``, ``request``.
    """
    batch = find_own(engine, settings, name)
    if batch["state"] == "running" and not driver.is_dead(
        settings.batches / name, batch["heartbeat"]
    ):
        raise UsageError(
            f"batch {name} is being driven from {batch['host']}",
            hint=f"cobrex batch watch {name}; cobrex batch cancel {name}",
            kind="batch-running",
        )
    orphans.end_submissions(settings, name)
    if batch["state"] == "running":
        orphans.close(engine, settings, name, "interrupted")
    else:
        orphans.settle(engine, settings, name)
    request = Request.from_json(batch["request"])
    try:
        lock, resumed = locks.of_batch(settings, name), "lock" not in batch["request"]
        request = replace(request, lock=lock, resumed=resumed)
    except RegistryError as error:
        if error.kind != "lock":
            raise
    state = "interrupted" if batch["state"] == "running" else batch["state"]
    return Stored(
        batch["batch_id"], name, batch["profile"], state, request, request.lock is not None
    )


def left_of(
    engine: Engine, stored: Stored, prepared: Prepared, wanted: Collection[str]
) -> Prepared:
    """Return a plan of what a batch has not done.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    stored : Stored
    prepared : Prepared
        Of its request.
    wanted : collection of str
        Causes: only what ended by them, and what is made from it; empty for all.

    Returns
    -------
    Prepared

    Raises
    ------
    UsageError
        Kind ``cause``: no such word, or nothing ended by it.
    """
    ends = ask(engine, lambda c: ends_of(c, stored.batch_id))
    planner = prepared.planner
    planner.fresh |= {key for key, (state, _) in ends.items() if state == "done"}
    if wanted:
        struck = {key for key, (_, cause) in ends.items() if cause in wanted}
        _demand(stored.name, struck, wanted, Counter(c for _, c in ends.values() if c))
        unmade = set(prepared.wanted)
        chosen = _with_others(prepared.plan.processes, struck & unmade, unmade)
        planner.given_up |= unmade - chosen
    return finish(planner)


def _demand(name: str, struck: set[str], wanted: Collection[str], there: Counter[str]) -> None:
    unknown = next((word for word in wanted if word not in causes.WORDS), None)
    if unknown is not None:
        raise UsageError(
            f"no process ends by {unknown!r}", hint=near_miss(unknown, causes.WORDS), kind="cause"
        )
    if not struck:
        told = ", ".join(f"{cause} ({n})" for cause, n in there.most_common())
        raise UsageError(
            f"nothing of batch {name} ended by {' or '.join(wanted)}",
            hint=f"there are: {told}" if told else f"all of it went well: cobrex batch show {name}",
            kind="cause",
        )


def _with_others(processes: list[PlannedProcess], chosen: set[str], unmade: set[str]) -> set[str]:
    """Add what some processes need, and what can be made once they are."""
    makers = {p.key: {i.producer for i in p.inputs if i.producer} & unmade for p in processes}
    found = set(chosen)
    for process in reversed(processes):  # producers come first
        if process.key in found:
            found |= makers[process.key]
    for process in processes:
        needed = makers[process.key]
        if process.key in unmade and needed and needed <= found:
            found.add(process.key)
    return found
