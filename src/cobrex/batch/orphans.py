"""What killed drivers and processes left: open batches, claims, a Snakemake, scratch folders."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cobrex.process.scratch import is_abandoned
from cobrex.records import batch_file
from cobrex.settings import Settings
from cobrex_db import batches, processes
from cobrex_db.engine import transact

from . import driver

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
    for folder in (settings.processes / ".scratch").glob("*"):
        if is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def close_if_dead(engine: Engine, settings: Settings, name: str) -> None:
    """Close a batch whose driver has ended on this host; others are left alone.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str
        Of the batch.
    """
    folder = settings.batches / name
    if not driver.is_dead(folder):
        return
    driver.end_orphans(folder)
    transact(engine, lambda c: processes.release(c, name))
    transact(engine, lambda c: batches.interrupt(c, name))
    batch_file.keep(engine, folder, name)
