"""What processes and batches leave: scratch folders, kept scratch files, Snakemake's state."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cobrex.process.scratch import host_of, is_abandoned
from cobrex.settings import Settings
from cobrex_db import in_use

from .attempts import STAYS, place_of
from .item import Item
from .order import Order
from .trash import size_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

#: of a batch that has ended nobody looks at these again
STATE = (".snakemake", "spool")
#: of SLURM jobs that failed, in Snakemake's folder: who looks for why reads them
LOGS = "logs"


def scratch(engine: Engine, settings: Settings, order: Order) -> Iterator[Item]:
    """Yield folders of dead processes, and what attempts keep besides their products.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    order : Order

    Yields
    ------
    Item
    """
    below, here = settings.processes / ".scratch", socket.gethostname()
    if not order.batch and not below.is_symlink():  # a link would lead out of the store
        for folder in sorted(below.glob("*")):
            if is_abandoned(folder) or (host_of(folder) != here and _still(folder, order.before)):
                yield Item("scratch", folder.name, size_of(folder), settings.processes, (folder,))
    with engine.connect() as connection:
        kept = in_use.unfinished(connection, order.before, order.batch)
    for place, products in ((place_of(settings, f), names) for f, names in kept.items()):
        if place is None or not place.is_dir() or not os.access(place, os.W_OK):
            continue
        paths = tuple(e for e in sorted(place.iterdir()) if e.name not in STAYS | products)
        if paths:
            name = str(place.relative_to(settings.processes))
            size = sum(map(size_of, paths))
            yield Item("scratch", name, size, settings.processes, paths)


def batches(engine: Engine, settings: Settings, order: Order) -> Iterator[Item]:
    """Yield the state of Snakemake in the folders of batches that ended long ago.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    order : Order

    Yields
    ------
    Item
        Plans, logs and reports stay.
    """
    with engine.connect() as connection:
        names = in_use.ended_before(connection, order.before, order.batch)
    for name in names:
        folder = settings.batches / Path(name).name
        paths = tuple(p for p in (folder / one for one in STATE) if p.is_dir())
        paths += _state_of(folder / "snakemake")
        if paths and not folder.is_symlink() and os.access(folder, os.W_OK):
            yield Item("batches", name, sum(map(size_of, paths)), settings.batches, paths)


def _state_of(work: Path) -> tuple[Path, ...]:
    """What goes of Snakemake's own folder."""
    if work.is_symlink() or not work.is_dir():
        return ()
    return tuple(p for p in sorted(work.iterdir()) if p.name != LOGS)


def _still(folder: Path, moment: datetime) -> bool:
    """Tell whether nothing in a folder was written since a moment: whoever did is dead."""
    latest = 0.0
    for parent, _, names in os.walk(folder):
        for path in (parent, *(os.path.join(parent, name) for name in names)):  # noqa: PTH118
            try:
                latest = max(latest, os.lstat(path).st_mtime)
            except OSError:
                return False  # somebody works in it
    return latest > 0 and datetime.fromtimestamp(latest, UTC).replace(tzinfo=None) < moment
