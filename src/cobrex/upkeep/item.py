"""Something that may be cleaned away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cobrex_db.cleaning import Candidate


@dataclass(frozen=True, slots=True)
class Item:
    """Something that may be cleaned away.

    Attributes
    ----------
    kind : str
        One of `cobrex.upkeep.order.KINDS`.
    name : str
        For people: a key with its attempt, a folder, a version.
    size_bytes : int
        What is won.
    area : pathlib.Path
        Folder of the store whose trash it goes through.
    paths : tuple of pathlib.Path
        What goes, in this order; of an attempt only the catalogue knows.
    attempt : Candidate or None
        The attempt it is, of which the catalogue is told first.
    """

    kind: str
    name: str
    size_bytes: int
    area: Path
    paths: tuple[Path, ...] = ()
    attempt: Candidate | None = None
