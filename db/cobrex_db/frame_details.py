"""What is told of frames beside their rows: field rotation, verdict, standing, the other arm."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from . import schema as s
from .chunks import chunks
from .pairing import pairs
from .series import standing_of

#: kinds of the values by name; a text when it is not here
DETAILS: dict[str, type] = {
    "field_rotation_deg": float,
    "verdict": str,
    "standing": str,
    "pair": int,
}


def add_details(
    connection: Connection, rows: list[dict[str, Any]], viewer: str | None = None
) -> None:
    """Add the keys of `DETAILS` to rows of frames; a few statements, however many rows.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    rows : list of dict
        Changed in place.
    viewer : str or None
        Only what this user may see is named.
    """
    made = {row["process_id"] for row in rows if row["process_id"] is not None}
    verdicts = _verdicts(connection, made) if made else {}
    standing = standing_of(connection, made) if made else {}
    other = pairs(connection, rows, viewer)
    for row in rows:
        row["field_rotation_deg"] = field_rotation_deg(
            row["parallactic_start_deg"], row["parallactic_end_deg"]
        )
        row["verdict"] = verdicts.get(row["process_id"])
        # a product of an earlier attempt is out of use, however its process stands
        row["standing"] = standing.get(row["process_id"]) if row["state"] == "present" else None
        row["pair"] = other.get(row["observation_id"])
        row["instrument_columns"] = row.pop("instrument_columns")  # the longest one last


def field_rotation_deg(start: float | None, end: float | None) -> float | None:
    """Return how far the field turns from one parallactic angle to another.

    Parameters
    ----------
    start, end : float or None
        Degrees.

    Returns
    -------
    float or None
        Degrees, -180 to 180; None when one is unknown.
    """
    if start is None or end is None:
        return None
    return (end - start + 180.0) % 360.0 - 180.0


def _verdicts(connection: Connection, process_ids: set[int]) -> dict[int, str | None]:
    p = s.process.c
    found: dict[int, str | None] = {}
    for chunk in chunks(process_ids):
        query = select(p.process_id, p.verdict).where(p.process_id.in_(chunk))
        found |= dict(connection.execute(query).tuples().all())
    return found
