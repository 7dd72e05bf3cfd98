"""Who drives a batch: written down, so that a later command can tell whether it still lives."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

from .snakemake import signal_group

FILE = "driver.json"


def sign(folder: Path, workflow_group: int | None) -> None:
    """Write down this process as the driver of a batch.

    Parameters
    ----------
    folder : pathlib.Path
        The batch's.
    workflow_group : int or None
        Process group of its Snakemake.
    """
    facts = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": _since(os.getpid()),
        "group": workflow_group,
        "group_since": _since(workflow_group),
    }
    partial = folder / f"{FILE}.partial"
    partial.write_text(json.dumps(facts), encoding="utf-8")
    partial.replace(folder / FILE)


def is_dead(folder: Path) -> bool:
    """Tell whether the driver of a batch has ended; unknown on another host: False.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    bool
    """
    facts = _read(folder)
    if facts.get("host") != socket.gethostname():
        return False
    return _since(facts.get("pid")) != facts.get("since")


def end_orphans(folder: Path) -> None:
    """End a Snakemake whose driver was killed; it would go on writing."""
    facts = _read(folder)
    group = facts.get("group")
    if isinstance(group, int) and _since(group) == facts.get("group_since") is not None:
        signal_group(group, signal.SIGKILL)


def _read(folder: Path) -> dict[str, object]:
    try:
        facts = json.loads((folder / FILE).read_text(encoding="utf-8"))
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
