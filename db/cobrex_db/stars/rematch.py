"""Ties every frame anew to its star, after the catalogue learnt of stars or names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import isclose
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select

from cobrex_db.engine import transact
from cobrex_db.schema import frame, frame_star, frame_type

from .match import Candidate, StarMatcher

RadiusOf = Callable[[str | None, str | None, str], float]
_CHUNK = 2_000
_Rows = dict[tuple[int, str], tuple[float | None, bool, int]]


@dataclass(slots=True)
class Rematched:
    """How many frames were looked at, and how many got other candidates."""

    frames: int = 0
    changed: int = 0


def rematch(
    engine: Engine, radius_of: RadiusOf, progress: Callable[[int, int], None] | None = None
) -> Rematched:
    """Find the candidates of all frames again; frames with the same ones are left alone.

    Some thousand frames a transaction: when it is cut off, the frames done so far stay done, and
    the same call does the others.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        An open catalogue.
    radius_of : callable
        Gets instrument, arm and frame type, returns the radius in arcseconds.
    progress : callable, optional
        Gets frames done and frames in all.

    Returns
    -------
    Rematched
    """
    with engine.connect() as connection:
        total = connection.execute(select(func.count()).select_from(frame)).scalar_one()
    done, last = Rematched(), 0
    while True:
        seen, changed, last = transact(engine, partial(_some, after=last, radius_of=radius_of))
        if not seen:
            return done
        done.frames += seen
        done.changed += changed
        if progress:
            progress(done.frames, total)


def _some(connection: Connection, after: int, radius_of: RadiusOf) -> tuple[int, int, int]:
    frames = connection.execute(
        select(
            frame.c.frame_id, frame.c.target, frame.c.ra_deg, frame.c.dec_deg, frame.c.mjd_obs,
            frame.c.instrument, frame.c.arm, frame.c.frame_type_id, frame_type.c.name.label("type"),
        )
        .join(frame_type, frame_type.c.frame_type_id == frame.c.frame_type_id)
        .where(frame.c.frame_id > after)
        .order_by(frame.c.frame_id)
        .limit(_CHUNK)
    ).all()  # fmt: skip
    if not frames:
        return 0, 0, after
    first, last = frames[0].frame_id, frames[-1].frame_id
    known = _known(connection, first, last)
    matcher = StarMatcher(connection)
    new = {row.frame_id: _candidates(matcher, row, radius_of) for row in frames}
    types = {row.frame_id: row.frame_type_id for row in frames}
    changed = [i for i, found in new.items() if not _same(known.get(i, {}), found, types[i])]
    _replace(connection, changed, new, types)
    return len(frames), len(changed), last


def _known(connection: Connection, first: int, last: int) -> dict[int, _Rows]:
    known: dict[int, _Rows] = {}
    rows = connection.execute(select(frame_star).where(frame_star.c.frame_id.between(first, last)))
    for row in rows:
        of_frame = known.setdefault(row.frame_id, {})
        of_frame[row.star_id, row.method] = (row.separation_arcsec, row.chosen, row.frame_type_id)
    return known


def _candidates(matcher: StarMatcher, row: Row[Any], radius_of: RadiusOf) -> list[Candidate]:
    radius = radius_of(row.instrument, row.arm, row.type)
    return matcher.candidates(row.target, row.ra_deg, row.dec_deg, row.mjd_obs, radius)


def _same(known: _Rows, found: list[Candidate], type_id: int) -> bool:
    if len(known) != len(found):
        return False
    for candidate in found:
        old = known.get((candidate.star_id, candidate.method))
        if old is None or old[1:] != (candidate.chosen, type_id):
            return False
        if not _close(old[0], candidate.separation_arcsec):
            return False
    return True


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, abs_tol=1e-6)


def _replace(
    connection: Connection,
    frames: Sequence[int],
    new: dict[int, list[Candidate]],
    types: dict[int, int],
) -> None:
    if not frames:
        return
    connection.execute(delete(frame_star).where(frame_star.c.frame_id.in_(frames)))
    rows = [
        {"frame_id": frame_id, "star_id": c.star_id, "method": c.method,
         "separation_arcsec": c.separation_arcsec, "chosen": c.chosen,
         "frame_type_id": types[frame_id]}
        for frame_id in frames
        for c in new[frame_id]
    ]  # fmt: skip
    if rows:
        connection.execute(insert(frame_star), rows)
