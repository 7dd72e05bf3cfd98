"""Where the plans lie that a process was in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from . import schema as s
from .workspaces import restrict_batches


@dataclass(frozen=True, slots=True)
class PlanPlace:
    """The plan of a round.

    Attributes
    ----------
    batch_id : int
    batch : str
        Name of the batch.
    path : str
        Of the plan, relative to the store.
    """

    batch_id: int
    batch: str
    path: str


def plans_of(
    connection: Connection, process_id: int, *, viewer: str | None = None
) -> list[PlanPlace]:
    """Return the plans a process was in, the latest first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_id : int
    viewer : str, optional
        Only those of batches this user may see: a plan tells of all the frames of its workspace.

    Returns
    -------
    list of PlanPlace
    """
    m, r, b = s.batch_process.c, s.round_.c, s.batch.c
    query = (
        select(b.batch_id, b.name, b.folder, r.plan)
        .join(s.round_, r.batch_id == b.batch_id)
        .join(s.batch_process, m.round_id == r.round_id)
        .where(m.process_id == process_id)
        .order_by(r.round_id.desc())
    )
    rows = connection.execute(restrict_batches(query, viewer))
    return [PlanPlace(row.batch_id, row.name, f"{row.folder}/{row.plan}") for row in rows]
