"""How programs are asked to end: what is half made is taken back, the exit code says so."""

from __future__ import annotations

import signal

INTERRUPTED = 130


def heed() -> None:
    """Let SIGTERM and SIGHUP end a program as ^C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # not of nohup
            signal.signal(number, signal.default_int_handler)
