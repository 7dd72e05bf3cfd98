"""Whether a recipe ended for want of memory: by the kernel, its size, its last words."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from .execute import Execution

_SAID = re.compile(r"\bMemoryError\b|std::bad_alloc|[Cc]annot allocate memory|[Oo]ut of memory")
_LAST = 20
_NEARLY = 0.9
_GROUPS = Path("/sys/fs/cgroup")
_COUNTED = re.compile(r"^oom_kill (\d+)$", re.M)


def kills() -> int:
    """Return how often the kernel killed in our control group for want of memory; 0 without one.

    SLURM puts each step into a group: of a recipe that is over the job's memory the kernel ends
    the largest process, which leaves the runner alive.
    """
    counter = _counter()
    return (_counted(counter) or 0) if counter else 0


@cache
def _counter() -> Path | None:
    """Return the file in which the kernel counts for our group; None without one."""
    with suppress(OSError):
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        for controllers, _, path in (line.partition(":")[2].partition(":") for line in lines):
            place = path.lstrip("/")
            if controllers == "":
                counter = _GROUPS / place / "memory.events"
            elif "memory" in controllers.split(","):
                counter = _GROUPS / "memory" / place / "memory.oom_control"
            else:
                continue
            if _counted(counter) is not None:
                return counter
    return None


def _counted(counter: Path) -> int | None:
    with suppress(OSError):
        if found := _COUNTED.search(counter.read_text(encoding="ascii")):
            return int(found[1])
    return None


def wanted_memory(execution: Execution, limit_mb: int, killed: bool, lines: Sequence[str]) -> bool:
    """Tell whether a command that failed wanted more memory than there was.

    Parameters
    ----------
    execution : Execution
    limit_mb : int
        What it may use, MiB.
    killed : bool
        Whether `kills` has grown since it began.
    lines : sequence of str
        End of its log.

    Returns
    -------
    bool
    """
    if killed:
        return True
    if execution.exit_code == -signal.SIGKILL:
        return execution.memory_bytes >= _NEARLY * limit_mb * (1 << 20)
    return any(_SAID.search(line) for line in lines[-_LAST:])
