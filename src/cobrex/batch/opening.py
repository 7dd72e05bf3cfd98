"""Opens a batch, new or once more: its name is settled before anything is made."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.cluster import slurm
from cobrex.process.spool import Spool
from cobrex.settings import Settings
from cobrex_db import batches
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.people import utc_now

from . import claims, driver, snakemake
from .estimate import Places, foresee
from .prepare import Prepared
from .submissions import Submissions, prefix

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Opened:
    """A batch that is open, to be driven.

    Attributes
    ----------
    batch_id : int
    name : str
    folder : pathlib.Path
    profile : pathlib.Path
        Folder of its Snakemake profile.
    cores : int
        On this machine.
    last : int
        Number of its last round.
    """

    batch_id: int
    name: str
    folder: Path
    profile: Path
    cores: int
    last: int = 0

    @property
    def submissions(self) -> Submissions:
        """Its SLURM jobs."""
        on_slurm = snakemake.executor(self.profile) == "slurm"
        return Submissions(prefix(self.folder) if on_slurm else "")

    def hand_over(self, pid: int) -> None:
        """Say that another process on this host drives it from now on."""
        driver.sign(self.folder, None, submissions=self.submissions.prefix, pid=pid)


def batch_names(prepared: Prepared, settings: Settings) -> Iterator[str]:
    """Yield names for a batch that has none: date, star, a number whose folder is free."""
    stars = prepared.request.stars
    what = prepared.stars[0].identifier.replace(" ", "").lower() if len(stars) == 1 else "batch"
    safe = "".join(c if (c.isascii() and c.isalnum()) or c in "-_+." else "_" for c in what)[:40]
    stem = f"{utc_now():%Y%m%d}-{safe}"
    names = (f"{stem}-{number}" for number in count(1))
    return (n for n in names if not (settings.batches / n).exists())


def open_batch(
    engine: Engine, settings: Settings, prepared: Prepared, *, name: str, profile: str, cores: int
) -> Opened:
    """Begin a batch; a name that was not asked for is the next that nobody has taken.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    prepared : Prepared
    name : str
        Empty for one of its own.
    profile : str
        Snakemake profile.
    cores : int
        On this machine.

    Returns
    -------
    Opened

    Raises
    ------
    CatalogueError, UsageError
        Name taken, or no name; unknown profile; no SLURM here.
    """
    where, profile = usable(profile)
    place = Places.of_profile(where, cores, settings.site)
    forecast = foresee(engine, prepared, place).as_json()
    for chosen in [name] if name else batch_names(prepared, settings):
        folder = claims.batch_folder(settings, chosen)  # refuses what is no name
        try:
            begin = partial(_begin, prepared=prepared, profile=profile, forecast=forecast)
            batch_id = transact(engine, partial(begin, name=chosen))
        except CatalogueError as error:
            if name or error.kind != "batch-name":
                raise
            continue
        return _signed(engine, Opened(batch_id, chosen, folder, where, cores))
    raise AssertionError("names have no end")


def reopen(engine: Engine, settings: Settings, name: str, *, profile: str, cores: int) -> Opened:
    """Open a closed batch once more.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name, profile : str
    cores : int

    Returns
    -------
    Opened

    Raises
    ------
    CatalogueError, UsageError
        Somebody drives it; unknown profile; no SLURM here.
    """
    where, profile = usable(profile)
    folder = claims.batch_folder(settings, name)
    host = socket.gethostname()
    driver.leave(folder)  # who reads it meanwhile would take the new driver for the dead one
    batch_id, last = transact(
        engine, lambda c: batches.reopen_batch(c, name, profile=profile, host=host)
    )
    return _signed(engine, Opened(batch_id, name, folder, where, cores, last))


def usable(profile: str) -> tuple[Path, str]:
    """Return the folder of a profile, and the name by which it is found from any folder.

    Parameters
    ----------
    profile : str
        As a person named it.

    Returns
    -------
    (pathlib.Path, str)

    Raises
    ------
    UsageError
        Unknown profile; no SLURM here.
    """
    where = snakemake.profile_folder(profile)
    if snakemake.executor(where) == "slurm":
        slurm.demand()
    return where, str(where) if "/" in profile else profile


def _signed(engine: Engine, opened: Opened) -> Opened:
    try:
        opened.folder.mkdir(parents=True, exist_ok=True)
        Spool(opened.folder).go_on()
        driver.sign(opened.folder, None, submissions=opened.submissions.prefix)
    except BaseException:  # a full disk, most often: nobody drives it
        with suppress(CatalogueError):
            transact(engine, lambda c: batches.end_batch(c, opened.batch_id, "interrupted"))
        raise
    return opened


def _begin(
    connection: Connection,
    *,
    name: str,
    prepared: Prepared,
    profile: str,
    forecast: dict[str, Any],
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
