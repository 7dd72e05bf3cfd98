"""Why an attempt failed: a stable reason and a message."""

from __future__ import annotations

MAX_MESSAGE = 2_000


class AttemptError(Exception):
    """An attempt that failed; it becomes a record, not an error of the house.

    Parameters
    ----------
    reason : str
        ``recipe-error``, ``walltime``, ``product-missing``, ``product-unreadable``,
        ``input-missing``, ``input-failed``, ``not-started`` ...
    message : str
        Kept as one line of printable characters: a recipe's last words are shown as they are.
    blocked_by : str
        Key of the process whose failure is the root of it.
    """

    def __init__(self, reason: str, message: str, *, blocked_by: str = "") -> None:
        line = " ".join(message.split())[:MAX_MESSAGE]
        line = "".join(c if c.isprintable() else "?" for c in line)
        super().__init__(line)
        self.reason = reason
        self.message = line
        self.blocked_by = blocked_by


# several reasons of records call for the same
_CAUSES = {
    "input-missing": "input-unreadable",
    "product-name": "product-missing",
    "product-surplus": "product-missing",
    "product-unreadable": "product-missing",
    "qc-unreadable": "recipe-error",
}


def cause_of(reason: str) -> str:
    """Return the stable word by which batches and reports know the reason of a record."""
    return _CAUSES.get(reason, reason)
