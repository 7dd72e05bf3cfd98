"""A batch that is asked to stop: ^C once or twice, a signal, a file from any machine."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, Self

from cobrex.process.spool import DRAIN, NOW, Spool


class Stopping:
    """Listens, while a batch is driven, for whoever asks it to stop.

    While a round is attended a signal is only noted, unless all that can be asked for has been;
    elsewhere it ends what is being done.

    Parameters
    ----------
    spool : Spool
        Of the batch: what a signal says is said to the runners by its file.

    Attributes
    ----------
    noting : bool
        Whether a round is attended.
    """

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.noting = False
        self._asked = ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *unused: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        before, self._asked = self._asked, NOW
        if number == signal.SIGINT and not before:
            self._asked = DRAIN
        if not self.noting or before == NOW:
            raise KeyboardInterrupt

    def give_way(self) -> None:
        """End what is being done when somebody asked for it from elsewhere.

        Raises
        ------
        KeyboardInterrupt
        """
        if self.how:
            raise KeyboardInterrupt

    @property
    def how(self) -> str:
        """How it is to stop: ``drain``, ``now``; empty when nobody asked."""
        written = self.spool.stopped()
        how = NOW if NOW in {self._asked, written} else self._asked or written
        if how and how != written:
            self.spool.stop(how)
        return how
