"""What killed drivers and processes left: open batches, claims, a Snakemake, scratch folders."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

from cobrex.errors import PlanError, UsageError
from cobrex.plan.file import PlanFile
from cobrex.process.scratch import is_abandoned
from cobrex.records import batch_file
from cobrex.settings import Settings
from cobrex_db import batches, members, processes
from cobrex_db.engine import ask, transact

from . import driver, lost
from .follow import Follower
from .submissions import Submissions

if TYPE_CHECKING:
    from sqlalchemy import Engine


def clear(engine: Engine, settings: Settings) -> None:
    """Close the batches of dead drivers and remove the scratch folders of dead processes.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    """
    with engine.connect() as connection:
        running = batches.running(connection)
    for name in running:
        close_if_dead(engine, settings, name)
    clear_scratch(settings)


def clear_scratch(settings: Settings) -> None:
    """Remove the scratch folders of processes that have ended on this host."""
    place = settings.processes / ".scratch"
    for folder in () if place.is_symlink() else place.glob("*"):  # it would lead out of the store
        if is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def close_if_dead(engine: Engine, settings: Settings, name: str) -> None:
    """Close a batch whose driver has ended; others are left alone.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str
        Of the batch.
    """
    with engine.connect() as connection:
        heartbeat = batches.heartbeat(connection, name)
    folder = settings.batches / name
    if not driver.is_dead(folder, heartbeat):
        return
    left = Submissions(driver.submissions_of(folder))
    # whether its jobs still write is not known: it stays open, and what it claims is left alone
    if driver.is_anothers(folder) or not left.cancel() or not left.end(patience_s=20):
        return
    close(engine, settings, name, "interrupted")


def end_submissions(settings: Settings, name: str) -> None:
    """End the SLURM jobs of a batch that nobody drives.

    Parameters
    ----------
    settings : Settings
    name : str

    Raises
    ------
    UsageError
        Kind ``slurm-away``: whether they have ended is not known.
    """
    if not Submissions(driver.submissions_of(settings.batches / name)).end():
        raise UsageError(
            f"SLURM does not answer: whether processes of batch {name} still run is not known",
            hint="repeat it when squeue answers, or where it does",
            kind="slurm-away",
        )


def close(engine: Engine, settings: Settings, name: str, state: str) -> None:
    """Close a batch that nobody drives; its SLURM jobs have ended.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name, state : str
    """
    folder = settings.batches / name
    if name not in ask(engine, batches.running):
        return  # its driver has closed it itself since
    driver.end_orphans(folder)
    settle(engine, settings, name, stopped=state == "cancelled")
    transact(engine, lambda c: processes.release(c, name))
    transact(engine, lambda c: batches.close(c, name, state))
    batch_file.keep(engine, folder, name)
    driver.leave(folder)


def settle(engine: Engine, settings: Settings, name: str, *, stopped: bool = False) -> None:
    """Take what the last round of a batch left, and say what became of what was running.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str
    stopped : bool
        Whether somebody has asked for its end.
    """
    found = ask(engine, lambda c: members.last_round(c, name))
    folder = settings.batches / name
    if found is None:
        return
    round_id, number = found
    try:
        plan = PlanFile(folder / f"plan-{number}.sqlite")
    except PlanError:  # cleaned away; what it made was taken when it was closed
        return
    with closing(plan):
        follower = Follower(engine, plan, name, round_id, lambda record: None)
        follower.look_everywhere()
        fate = lost.WITH_BATCH if stopped else lost.WITH_DRIVER
        lost.account(follower, folder, fate, stopped=stopped)
