"""RegistryError and its kinds."""

from __future__ import annotations


class RegistryError(Exception):
    """Something the registry cannot do, with its cure.

    Parameters
    ----------
    message : str
        What is wrong, and where.
    hint : str
        What mends it; empty when nothing can be said.
    kind : str
        Stable word for programs: ``manifest``, ``unknown-recipe``, ``parameter`` ...
    """

    def __init__(self, message: str, *, hint: str = "", kind: str = "registry") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind
