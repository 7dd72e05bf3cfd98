"""Works through a chunk: its processes one after the other, whatever becomes of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cobrex.errors import UsageError
from cobrex.plan.file import PlanFile

from .attempt import make
from .node_disk import clear_abandoned
from .record import Record
from .spool import Spool


def work_through(
    plan: PlanFile, number: int, marker: Path, on_record: Callable[[Record], None]
) -> bool:
    """Make the processes of a chunk that have no record yet.

    Parameters
    ----------
    plan : PlanFile
    number : int
        Of the chunk.
    marker : pathlib.Path
        Written when every process was tried.
    on_record : callable
        Called with each record that was made.

    Returns
    -------
    bool
        False when it was told to stop before its end: there is no marker.

    Raises
    ------
    UsageError
        Kind ``unknown-chunk``.
    """
    keys = plan.chunks.members(number)
    if not keys:
        raise UsageError(
            f"{plan.path} has no chunk {number}",
            kind="unknown-chunk",
            hint="chunks are numbered from 1; Snakemake knows them",
        )
    if scratch := plan.meta.get("scratch"):
        clear_abandoned(scratch)
    spool = Spool(plan.path.parent)
    spool.folder.mkdir(exist_ok=True)
    for key in keys:
        if spool.stopped():
            return False
        if Path(plan.record(key)).is_file() or not has_makers(plan, key):
            continue
        spool.start(key, number)
        on_record(make(plan, key))
        spool.end(key)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text("".join(f"{key}\n" for key in keys), encoding="ascii")
    return True


def has_makers(plan: PlanFile, key: str) -> bool:
    """Tell whether all that makes the inputs of a process has left its record.

    A maker that was lost is made again in the next round, and this process with it.
    """
    makers = {i.producer for i in plan.inputs(key) if i.producer}
    return all(Path(plan.record(maker)).is_file() for maker in makers)
