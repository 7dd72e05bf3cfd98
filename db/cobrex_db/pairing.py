"""Observations of both arms of an instrument: which belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from . import schema as s
from .chunks import chunks
from .workspaces import restrict_frames

_FAR = float("inf")


def pairs(
    connection: Connection, observations: Iterable[Mapping[str, Any]], viewer: str | None = None
) -> dict[int, int]:
    """Find the observations of the other arm: of the same OB, in the same night, nearest in time.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    observations : iterable of mapping
        ``observation_id instrument arm programme ob_id night template_start``; rows of frames do.
    viewer : str or None
        Only what this user may see.

    Returns
    -------
    dict of int to int
        By observation id; those without one of another arm are left out.
    """
    wanted = {
        o["observation_id"]: o
        for o in observations
        if o["observation_id"] is not None and o["ob_id"] is not None and o["arm"] is not None
    }
    o = s.observation.c
    there: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for chunk in chunks({one["ob_id"] for one in wanted.values()}):
        query = select(
            o.observation_id, o.instrument, o.arm, o.programme, o.ob_id, o.night, o.template_start
        ).where(o.ob_id.in_(chunk))
        for row in connection.execute(query):
            other = dict(row._mapping)
            there.setdefault(_same(other), []).append(other)
    nearest = {number: _nearest(one, there.get(_same(one), [])) for number, one in wanted.items()}
    found = {number: one["observation_id"] for number, one in nearest.items() if one is not None}
    return found if viewer is None else _seen(connection, found, viewer)


def _same(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return one["instrument"], one["programme"], one["ob_id"], one["night"]


def _nearest(one: Mapping[str, Any], others: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Both arms follow one template: its start is theirs, else the nearest is taken."""
    return min(
        (other for other in others if other["arm"] not in (None, one["arm"])),
        key=lambda other: (
            _apart(one["template_start"], other["template_start"]),
            other["observation_id"],
        ),
        default=None,
    )


def _apart(one: datetime | None, other: datetime | None) -> float:
    return _FAR if one is None or other is None else abs((one - other).total_seconds())


def _seen(connection: Connection, found: dict[int, int], viewer: str) -> dict[int, int]:
    """Only those of which the user may see a frame."""
    seen: set[int] = set()
    f = s.frame.c
    for chunk in chunks(set(found.values())):
        query = select(f.observation_id).where(f.observation_id.in_(chunk)).distinct()
        seen.update(connection.scalars(restrict_frames(connection, query, viewer)))
    return {one: other for one, other in found.items() if other in seen}


def describe_pair(
    connection: Connection, frame: Mapping[str, Any], viewer: str | None = None
) -> dict[str, Any] | None:
    """Return the observation of the other arm that belongs to a frame's.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    frame : mapping
        As `cobrex_db.query.describe_frame` gives it.
    viewer : str or None
        Only what this user may see.

    Returns
    -------
    dict or None
        ``observation_id``, ``arm``, ``template_start``, ``frames``: how many raw frames it has, by
        type.
    """
    if frame["pair"] is None:
        return None
    o, f, t = s.observation.c, s.frame.c, s.frame_type.c
    row = connection.execute(
        select(o.observation_id, o.arm, o.template_start).where(o.observation_id == frame["pair"])
    ).one()
    query = (
        select(t.name, func.count())
        .select_from(s.frame.join(s.frame_type))
        .where(f.observation_id == row.observation_id, f.state == "present", f.kind == "raw")
        .group_by(t.name)
        .order_by(t.name)
    )
    frames = connection.execute(restrict_frames(connection, query, viewer)).tuples()
    return {**row._mapping, "frames": dict(frames.all())}
