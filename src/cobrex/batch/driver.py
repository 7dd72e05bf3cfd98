"""Who drives a batch: written down, so that a later command can tell whether it still lives."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from cobrex.process.plain_text import plain_text
from cobrex_db.people import utc_now
from cobrex_db.processes import CLAIM_S

from .snakemake import signal_group

FILE = "driver.json"
#: one on another host that has not been seen for longer is dead; so long its claims hold
DEAD = timedelta(seconds=CLAIM_S)
_BEAT_S = 30.0


def sign(folder: Path, workflow_group: int | None, *, submissions: str = "", pid: int = 0) -> None:
    """Write down a process as the driver of a batch.

    Parameters
    ----------
    folder : pathlib.Path
        The batch's.
    workflow_group : int or None
        Process group of its Snakemake.
    submissions : str
        What the names of its SLURM jobs begin with; empty when it has none.
    pid : int
        Of the driver; this process by default.
    """
    facts = {
        "host": socket.gethostname(),
        "uid": os.getuid(),
        "pid": pid or os.getpid(),
        "since": _since(pid or os.getpid()),
        "group": workflow_group,
        "group_since": _since(workflow_group),
        "submissions": submissions,
    }
    partial = folder / f".{FILE}.{os.getpid()}"
    partial.write_text(json.dumps(facts), encoding="utf-8")
    partial.replace(folder / FILE)


def leave(folder: Path) -> None:
    """Nobody drives the batch any more; who thought that he does learns it so."""
    (folder / FILE).unlink(missing_ok=True)


@contextmanager
def living(folder: Path) -> Iterator[None]:
    """Say on the disk that the driver lives, also while it plans or the catalogue is away."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT_S):
            with suppress(OSError):
                os.utime(folder / FILE)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def is_mine(folder: Path) -> bool:
    """Tell whether this process still is the one that drives the batch."""
    facts = _read(folder)
    return (facts.get("host"), facts.get("pid")) == (socket.gethostname(), os.getpid())


def is_dead(folder: Path, heartbeat: datetime | None = None) -> bool:
    """Tell whether the driver of a batch has ended.

    Parameters
    ----------
    folder : pathlib.Path
    heartbeat : datetime.datetime, optional
        When the catalogue heard of it, UTC without zone.

    Returns
    -------
    bool
        On another host: whether neither the catalogue nor the disk has heard of it for long.
    """
    facts = _read(folder)
    if facts.get("host") == socket.gethostname():
        since = _since(facts.get("pid"))
        return since is None or since != facts.get("since")
    if heartbeat is None:
        return False
    return utc_now() - heartbeat > DEAD and not _seen_on_disk(folder)


def _seen_on_disk(folder: Path) -> bool:
    try:
        return time.time() - (folder / FILE).stat().st_mtime < DEAD.total_seconds()
    except OSError:
        return False


def submissions_of(folder: Path) -> str:
    """Return what the names of a batch's SLURM jobs begin with; empty when it has none."""
    return str(_read(folder).get("submissions") or "")


def is_anothers(folder: Path) -> bool:
    """Tell whether another account of this system drives it: its jobs cannot be ended."""
    return _read(folder).get("uid", os.getuid()) != os.getuid()


def end(folder: Path) -> None:
    """End a driver on this host that does not heed."""
    facts = _read(folder)
    pid, here = facts.get("pid"), facts.get("host") == socket.gethostname()
    if here and isinstance(pid, int) and _since(pid) == facts.get("since") is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)


def end_orphans(folder: Path) -> None:
    """End a Snakemake whose driver was killed; it would go on writing."""
    facts = _read(folder)
    group, here = facts.get("group"), facts.get("host") == socket.gethostname()
    if here and isinstance(group, int) and _since(group) == facts.get("group_since") is not None:
        signal_group(group, signal.SIGKILL)


def _read(folder: Path) -> dict[str, object]:
    try:
        facts = json.loads(plain_text(folder / FILE))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _since(pid: object) -> str | None:
    """When a process started, in clock ticks since boot: a pid alone may have been given anew."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]
