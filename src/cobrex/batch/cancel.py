"""Stops a batch from any machine; one that nobody drives is closed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cobrex.process.spool import DRAIN, NOW, Spool
from cobrex.settings import Settings
from cobrex_db.batch_story import find_batch
from cobrex_db.engine import ask

from . import driver, orphans
from .claims import batch_folder
from .resume import find_own

if TYPE_CHECKING:
    from sqlalchemy import Engine

_LOOK_S = 1.0
_HEEDS_S = 10.0


def cancel(
    engine: Engine, settings: Settings, name: str, *, now: bool, on_message: Callable[[str], None]
) -> tuple[str, str]:
    """Stop a batch and wait until it is closed.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str
        Empty for the latest.
    now : bool
        End what runs; else it is finished.
    on_message : callable

    Returns
    -------
    (str, str)
        Name and state of the batch.

    Raises
    ------
    CatalogueError, UsageError
        No such batch of the caller's; SLURM does not answer.
    """
    batch = find_own(engine, settings, name)
    name, folder = batch["name"], batch_folder(settings, batch["name"])
    if batch["state"] == "running":
        Spool(folder).stop(NOW if now else DRAIN)
        what = "ending what runs" if now else "finishing what runs, beginning nothing"
        on_message(f"batch {name} on {batch['host']}: {what}")
    asked = time.monotonic()
    while batch["state"] == "running":
        if driver.is_dead(folder, batch["heartbeat"]):
            orphans.end_submissions(settings, name)
            orphans.close(engine, settings, name, "cancelled")
        elif now and time.monotonic() - asked > _HEEDS_S:
            driver.end(folder)  # it plans, perhaps
            asked = time.monotonic()
        time.sleep(_LOOK_S)
        batch = ask(engine, lambda c: find_batch(c, name, viewer=settings.user))
    return name, str(batch["state"])
