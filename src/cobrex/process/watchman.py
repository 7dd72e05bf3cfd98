"""Ends a recipe whose runner was killed: a small process that outlives the runner, and looks."""

from __future__ import annotations

import atexit
import os
import subprocess
from contextlib import suppress

# its input ends when the runner does, however that came about
_WATCH = (
    'group=; while read -r line; do group=$line; done; [ -z "$group" ] || kill -s KILL -- "-$group"'
)


class Watchman:
    """Kills one process group when this process is gone.

    Asking Linux for it (``PR_SET_PDEATHSIG``) wants Python code in the child, and with that a copy
    of the whole runner instead of a plain start: 8 to 12 ms for every recipe. It also reaches only
    the recipe itself, not what that has started.
    """

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        atexit.register(self.dismiss)

    @property
    def on_duty(self) -> bool:
        """Whether it watches over this process, and not over one that this was forked from."""
        return self.owner == os.getpid() and self.process.poll() is None

    def watch(self, group: int | None) -> None:
        """Kill this group when we are gone; None: nothing."""
        pipe = self.process.stdin
        with suppress(OSError):
            if pipe is not None:
                pipe.write(f"{group or ''}\n".encode())
                pipe.flush()

    def dismiss(self) -> None:
        """Let it end, with nothing to kill."""
        if self.on_duty and self.process.stdin is not None:
            self.watch(None)
            self.process.stdin.close()
            self.process.wait()


_known: list[Watchman] = []


def watchman() -> Watchman:
    """Return the watchman of this process; it is called when there is none."""
    if not _known or not _known[-1].on_duty:
        _known[:] = [Watchman()]
    return _known[-1]
