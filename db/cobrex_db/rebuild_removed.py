"""What was cleaned away, told again to a catalogue that is made from records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from . import schema as s
from .cleaning import Candidate
from .removal import mark


def restore_removal(connection: Connection, key: str, number: int, said: Mapping[str, Any]) -> None:
    """Mark an attempt as cleaned away when it was; one that is marked stays as it is.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    key : str
    number : int
        Of the attempt.
    said : mapping
        ``why at user whole files``: what went, when and by whom.
    """
    p, a, f = s.process.c, s.attempt.c, s.frame.c
    row = connection.execute(
        select(a.attempt_id, a.folder, p.process_id, p.recipe, p.version)
        .join(s.process, p.process_id == a.process_id)
        .where(p.key == key, a.number == number, a.removed_at.is_(None))
    ).first()
    if row is None:
        return
    names = list(said["files"])
    frames = connection.execute(
        select(f.frame_id, f.archive_name).where(
            f.attempt_id == row.attempt_id, f.archive_name.in_(names)
        )
    )
    one = Candidate(
        said["why"], row.attempt_id, row.process_id, number, key, row.recipe, row.version,
        row.folder, files=dict(frames.tuples().all()), whole=bool(said["whole"]),
    )  # fmt: skip
    mark(connection, one, datetime.fromisoformat(said["at"]), said["user"])
