"""Drives a batch: opened, its rounds made, closed whatever happens."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from cobrex.plan.file import attempt_folder
from cobrex.records import batch_file
from cobrex.settings import Settings
from cobrex_db import batches, processes
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.people import utc_now

from . import claims, driver, snakemake
from .estimate import Places, foresee
from .follow import take
from .outcome import Outcome
from .prepare import Prepared
from .rounds import Listener, Rounds, build_environments

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


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
    foreseen = foresee(engine, prepared, Places.of_profile(folder_of_profile, jobs, settings.site))
    build_environments(prepared, listener)
    begin = partial(_begin, prepared=prepared, profile=profile, forecast=foreseen.as_json())
    batch_id, name = _open(engine, settings, prepared, name, begin)
    folder = claims.batch_folder(settings, name)
    folder.mkdir(parents=True, exist_ok=True)
    driver.sign(folder, None)
    outcome = Outcome(name, folder, prepared)
    try:
        _end_like_interrupt()
        Rounds(engine, settings, batch_id, outcome, folder_of_profile, jobs, listener).go()
        outcome.state = "failed" if outcome.is_failed else "done"
    finally:
        transact(engine, lambda c: _end(c, batch_id, name, outcome.state))
        if trouble := batch_file.keep(engine, folder, name):
            listener.on_message(f"warning: {trouble}")
    return outcome


def _end_like_interrupt() -> None:
    """A driver that is asked to end closes its batch first, as with ^C."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupt)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            signal.signal(signal.SIGHUP, interrupt)


def _open(
    engine: Engine,
    settings: Settings,
    prepared: Prepared,
    name: str | None,
    begin: Callable[..., int],
) -> tuple[int, str]:
    """Begin the batch; a name that was not asked for is the next that nobody has taken."""
    names = iter([name]) if name else batch_names(prepared, settings)
    while True:
        chosen = next(names)
        claims.batch_folder(settings, chosen)  # refuses what is no name
        try:
            return transact(engine, partial(begin, name=chosen)), chosen
        except CatalogueError as error:
            if name or error.kind != "batch-name":
                raise


def _begin(
    connection: Connection,
    *,
    name: str,
    prepared: Prepared,
    profile: str,
    forecast: Mapping[str, Any],
) -> int:
    request = prepared.request
    return batches.begin_batch(
        connection,
        name=name,
        user=request.user,
        workspace=request.workspace,
        request=request.as_json(),
        folder=f"batches/{name}",
        profile=profile,
        host=socket.gethostname(),
        forecast=forecast,
    )


def _end(connection: Connection, batch_id: int, name: str, state: str) -> None:
    batches.end_batch(connection, batch_id, state)
    processes.release(connection, name)
