"""Why an attempt failed: a stable reason and a message."""

from __future__ import annotations


class AttemptError(Exception):
    """An attempt that failed; it becomes a record, not an error of the house.

    Parameters
    ----------
    reason : str
        ``recipe-error``, ``walltime``, ``product-missing``, ``product-unreadable``,
        ``input-missing``, ``input-failed``, ``not-started`` ...
    message : str
        One line.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
