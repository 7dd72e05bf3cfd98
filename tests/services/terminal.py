"""A command on a terminal of its own: what a person sees, and keys they press."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Self

_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\r")


class Terminal:
    """Starts a command on a pseudo-terminal.

    Parameters
    ----------
    argv : sequence of str
    environment : mapping of str to str
    columns, lines : int
    """

    def __init__(
        self, argv: Sequence[str], environment: Mapping[str, str], columns: int, lines: int = 40
    ) -> None:
        self.mine, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.said = ""
        values = {k: v for k, v in environment.items() if k not in {"COLUMNS", "LINES"}}
        self.process = subprocess.Popen(
            list(argv),
            env={**values, "TERM": "xterm"},
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 for ^C
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.mine)
        os.close(self.theirs)

    @property
    def text(self) -> str:
        """What was printed, without what steers the terminal."""
        return _STEERING.sub("", self.said)

    def expect(self, words: str, *, patience_s: float = 120) -> None:
        """Read until words have come."""
        until = time.monotonic() + patience_s
        while words not in self.text:
            assert time.monotonic() < until, f"{words!r} never came in:\n{self.text}"
            self._read(0.2)

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self.mine, keys.encode())

    def ended(self, *, patience_s: float = 120) -> int:
        """Read to the end; return the exit code."""
        until = time.monotonic() + patience_s
        while self.process.poll() is None:
            assert time.monotonic() < until, self.text
            self._read(0.2)
        self._read(0.2)
        return self.process.returncode

    @property
    def echoes(self) -> bool:
        """Whether the terminal echoes what is typed, as it does for a shell."""
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ECHO)

    def _read(self, seconds: float) -> None:
        while select.select([self.mine], [], [], seconds)[0]:
            self.said += os.read(self.mine, 65536).decode("utf-8", "replace")
            seconds = 0.0
