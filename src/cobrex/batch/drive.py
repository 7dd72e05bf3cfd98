"""Drives a batch that is open: its rounds made, closed whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cobrex.plan.file import attempt_folder
from cobrex.process.spool import Spool
from cobrex.records import batch_file
from cobrex.settings import Settings
from cobrex_db import batches, processes
from cobrex_db.chunks import chunks
from cobrex_db.engine import transact
from cobrex_db.ingest import Arrival
from cobrex_db.ingest_many import ingest_many

from . import driver, orphans
from .follow import read
from .opening import Opened
from .outcome import Outcome
from .patience import insist
from .prepare import Prepared
from .rounds import Listener, Rounds
from .stop import Stopping

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


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
    found: list[Arrival] = []
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
            if (record := read(settings.store / folder / "record.json")) is not None:
                found.append(record)
    for chunk in chunks(found):
        ingest_many(engine, chunk, settings.store)
    return bool(found)


def drive(
    engine: Engine,
    settings: Settings,
    prepared: Prepared,
    opened: Opened,
    listener: Listener,
) -> Outcome:
    """Make what a plan wants, as a batch.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    prepared : Prepared
    opened : Opened
    listener : Listener

    Returns
    -------
    Outcome
        Of state ``cancelled`` when it was asked to stop.

    Raises
    ------
    CatalogueError, RegistryError, UsageError
        Environment that cannot be built; Snakemake that makes nothing.
    KeyboardInterrupt
        Asked to stop while nothing ran; the batch has been closed.
    """
    outcome = Outcome(opened.name, opened.folder, prepared)
    with driver.living(opened.folder), Stopping(Spool(opened.folder)) as stopping:
        try:
            driver.sign(opened.folder, None, submissions=opened.submissions.prefix)
            Rounds(engine, settings, opened, outcome, listener, stopping).go()
        except KeyboardInterrupt:
            outcome.state = "cancelled"
            raise
        finally:
            _close(engine, settings, opened, outcome, listener)
    return outcome


def _close(
    engine: Engine, settings: Settings, opened: Opened, outcome: Outcome, listener: Listener
) -> None:
    if not driver.is_mine(opened.folder):  # another command has closed it
        return
    if outcome.state == "running":
        outcome.state = "interrupted"

    def end(connection: Connection) -> None:
        batches.end_batch(connection, opened.batch_id, outcome.state)
        processes.release(connection, opened.name)

    insist(lambda: transact(engine, end), listener.on_message)
    orphans.clear_scratch(settings)
    if trouble := batch_file.keep(engine, opened.folder, opened.name):
        listener.on_message(f"warning: {trouble}")
