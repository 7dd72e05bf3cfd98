"""The SLURM jobs of a batch, known by what their names begin with; elsewhere there are none."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cobrex.cluster import slurm

_LOOK_S = 1.0


def prefix(folder: Path) -> str:
    """Return what the names of a batch's SLURM jobs begin with.

    Parameters
    ----------
    folder : pathlib.Path
        The batch's.

    Returns
    -------
    str
        The same for every command that is given the batch.
    """
    return f"cobrex-{hashlib.sha256(bytes(folder.absolute())).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Submissions:
    """Those of one batch.

    Attributes
    ----------
    prefix : str
        Empty for a batch that is made on one machine.
    """

    prefix: str = ""

    def none_left(self) -> bool:
        """Tell whether it is known that none waits or runs."""
        if not self.prefix:
            return True
        there = slurm.queue(self.prefix)
        # one that is ended on a node that is gone stays "completing" until the node comes back
        return there is not None and all(job.state == "COMPLETING" for job in there)

    def cancel(self, *, pending_only: bool = False) -> bool:
        """Cancel them; whether SLURM took the order."""
        return not self.prefix or slurm.cancel(self.prefix, pending_only=pending_only)

    def end(self, patience_s: float = 60.0) -> bool:
        """Cancel them and wait until none is left; false when that is not known.

        Parameters
        ----------
        patience_s : float
        """
        return _in_time(lambda: self.cancel() and self.none_left(), patience_s)

    def leave(self, patience_s: float = 30.0) -> bool:
        """Wait until none is left, cancelling none; false when that is not known.

        Parameters
        ----------
        patience_s : float
        """
        return _in_time(self.none_left, patience_s)


def _in_time(holds: Callable[[], bool], patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_S)
    return True
