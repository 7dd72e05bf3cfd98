"""How much is in the catalogue."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from . import migrate, trouble
from . import schema as s

_COUNTED = {
    "raw_frames": (s.frame, s.frame.c.kind == "raw"),
    "products": (s.frame, s.frame.c.kind == "product"),
    "unclassified": (
        s.frame.join(s.frame_type, s.frame_type.c.frame_type_id == s.frame.c.frame_type_id),
        s.frame_type.c.name == "UNCLASSIFIED",
    ),
    "files": (s.file, s.file.c.state == "present"),
    "absent_files": (s.file, s.file.c.state != "present"),
    "observations": (s.observation, None),
    "stars": (s.star, None),
    "processes": (s.process, None),
    "open_rejects": (s.reject, ~s.reject.c.resolved),
}


def holdings(connection: Connection) -> dict[str, str | int]:
    """Count what the catalogue holds.

    Parameters
    ----------
    connection : sqlalchemy.Connection

    Returns
    -------
    dict
        ``catalogue`` (where it lies), ``schema``, then counts.
    """
    found: dict[str, str | int] = {
        "catalogue": trouble.place(connection.engine.url),
        "schema": migrate.current(connection),
    }
    for name, (source, condition) in _COUNTED.items():
        query = select(func.count()).select_from(source)
        found[name] = connection.scalar(query if condition is None else query.where(condition)) or 0
    return found
