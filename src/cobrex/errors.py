"""Errors of the house: a message, a hint, a stable kind, an exit code.

::

    CobrexError
    ├── UsageError   2   the request itself is wrong
    └── PlanError    5   nothing matches, a calibration is missing
"""

from __future__ import annotations


class CobrexError(Exception):
    """An expected error.

    Parameters
    ----------
    message : str
        What is wrong, and where.
    hint : str
        What mends it.
    kind : str
        Stable word for programs.
    """

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "", kind: str = "cobrex") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind


class UsageError(CobrexError):
    """The request itself is wrong."""


class PlanError(CobrexError):
    """Nothing matches, or a calibration is missing."""

    exit_code = 5
