"""The exit codes of commands that make something; errors bear their own."""

from __future__ import annotations

from cobrex.interrupt import INTERRUPTED

NOT_PLANNED, FAILED = 5, 6
_ENDS = {"done": 0, "failed": FAILED, "interrupted": INTERRUPTED, "cancelled": INTERRUPTED}


def of_batch(state: str, *, gaps: bool) -> int | None:
    """Return the exit code for how a batch ended.

    Parameters
    ----------
    state : str
        Of the batch.
    gaps : bool
        Whether its last round could not plan some of what was asked for.

    Returns
    -------
    int or None
        None: it runs.
    """
    code = _ENDS.get(state)
    return NOT_PLANNED if code == 0 and gaps else code
