"""Sees that a round is over though Snakemake goes on: nothing moves, SLURM has none of it."""

from __future__ import annotations

import time
from pathlib import Path

from .submissions import Submissions

_LOOK_S = 10.0


class Watchdog:
    """Watches one round on SLURM; on one machine it never barks.

    Parameters
    ----------
    submissions : Submissions
    log : pathlib.Path
        Snakemake's: while it grows, something moves.
    patience_s : float
    """

    def __init__(self, submissions: Submissions, log: Path, patience_s: float) -> None:
        self.submissions = submissions
        self.log = log
        self.patience_s = patience_s
        self._size = -1
        self._moved = self._looked = time.monotonic()

    def barks(self, *, moved: bool) -> bool:
        """Tell whether the round is to be ended.

        Parameters
        ----------
        moved : bool
            Whether a runner has said something since the last call.
        """
        now = time.monotonic()
        size = self.log.stat().st_size if self.log.exists() else 0
        if moved or size != self._size:
            self._size, self._moved = size, now
        if not self.submissions.prefix or now - self._moved < self.patience_s:
            return False
        # SLURM is not asked at every look
        if now - self._looked < min(_LOOK_S, self.patience_s):
            return False
        self._looked = now
        return self.submissions.none_left()
