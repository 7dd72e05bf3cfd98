"""CatalogueError and its kinds."""

from __future__ import annotations


class CatalogueError(Exception):
    """Something the catalogue cannot do, with its cure.

    Parameters
    ----------
    message : str
        What is wrong, and where.
    hint : str
        What mends it; empty when nothing can be said.
    kind : str
        Stable word for programs: ``database-away``, ``schema-old``, ``unknown-star`` ...
    """

    def __init__(self, message: str, *, hint: str = "", kind: str = "catalogue") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.kind = kind
