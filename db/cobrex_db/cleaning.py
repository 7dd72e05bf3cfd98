"""What may be cleaned away: attempts whose products nobody needs, and why others are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from . import schema as s
from .chunks import chunks
from .series import INTERMEDIATE
from .valid import NOT_FAILED, VALID
from .verdicts import said
from .workspaces import ROLES, role_in

FAILED, INVALID, SUPERSEDED = "failed", "invalid", "superseded"
ATTEMPTS = (FAILED, INVALID, SUPERSEDED, INTERMEDIATE)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which attempts are asked for.

    Attributes
    ----------
    before : datetime.datetime
        Those that ended before it, UTC.
    batch : str
        Only those made in this batch; empty for any.
    star_id : int or None
        Only those of this star.
    """

    before: datetime
    batch: str = ""
    star_id: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An attempt that may go.

    Attributes
    ----------
    kind : str
        Why: one of `ATTEMPTS`.
    attempt_id, process_id, number : int
    key, recipe, version, folder : str
        The folder relative to the store.
    size_bytes : int
        Of what goes of its products.
    files : dict of int to str
        Those products: names in the folder by frame id.
    whole : bool
        Whether nothing of its products is left then.
    """

    kind: str
    attempt_id: int
    process_id: int
    number: int
    key: str
    recipe: str
    version: str
    folder: str
    size_bytes: int = 0
    files: Mapping[int, str] = field(default_factory=dict)
    whole: bool = True


def candidates(
    connection: Connection, kind: str, asked: Asked, roles: Mapping[str, Collection[str]]
) -> list[Candidate]:
    """Return the attempts of a kind that may go, the oldest first; none is looked at twice.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    kind : str
        One of `ATTEMPTS`.
    asked : Asked
    roles : mapping of str to collection of str
        Output roles that are intermediate, by recipe.

    Returns
    -------
    list of Candidate
    """
    query = _listed(asked).where(*_conditions(kind))
    if kind == INTERMEDIATE:
        query = query.where(s.process.c.recipe.in_(list(roles)))
    rows = [Candidate(kind, *row) for row in connection.execute(query)]
    if kind == FAILED:
        return rows
    return _with_files(connection, rows, roles if kind == INTERMEDIATE else None)


def _listed(asked: Asked) -> Select[Any]:
    a, p = s.attempt.c, s.process.c
    query = (
        select(a.attempt_id, p.process_id, a.number, p.key, p.recipe, p.version, a.folder)
        .join(s.process, p.process_id == a.process_id)
        .where(func.coalesce(a.ended, a.started) < asked.before)
        .order_by(a.attempt_id)
    )
    if asked.batch:
        made_in = select(s.batch.c.batch_id).where(s.batch.c.name == asked.batch)
        query = query.where(a.batch_id == made_in.scalar_subquery())
    return query if asked.star_id is None else query.where(p.star_id == asked.star_id)


def _conditions(kind: str) -> list[ColumnElement[bool]]:
    a = s.attempt.c
    if kind == FAILED:
        return [a.outcome != "done", a.removed_at.is_(None)]
    if kind == INVALID:
        return [a.outcome == "done", a.invalidated_at.is_not(None), _has_files()]
    if kind == SUPERSEDED:
        return [VALID, NOT_FAILED, _has_files(), _has_successor()]
    return [VALID, NOT_FAILED, _has_files(), _has_user()]


def _has_files() -> ColumnElement[bool]:
    f, file = s.frame.c, s.file.c
    return exists(
        select(f.frame_id)
        .join(s.file, file.frame_id == f.frame_id)
        .where(f.attempt_id == s.attempt.c.attempt_id)
    )


def _has_successor() -> ColumnElement[bool]:
    """A later attempt of the same series is valid and has not failed."""
    a, p = s.attempt.alias(), s.process.alias()
    return exists(
        select(a.c.attempt_id)
        .join(p, p.c.process_id == a.c.process_id)
        .where(
            p.c.series == s.process.c.series,
            p.c.process_id != s.process.c.process_id,
            a.c.attempt_id > s.attempt.c.attempt_id,
            a.c.outcome == "done",
            a.c.invalidated_at.is_(None),
            a.c.removed_at.is_(None),
            or_(p.c.verdict.is_(None), p.c.verdict != "fail"),
        )
        .correlate(s.attempt, s.process)
    )


def _has_user() -> ColumnElement[bool]:
    """Something valid was made from it: until then it is the end of what was made."""
    a, f, i = s.attempt.alias(), s.frame.c, s.process_input.c
    return exists(
        select(a.c.attempt_id)
        .join(s.process_input, i.process_id == a.c.process_id)
        .join(s.frame, f.content_id == i.content_id)
        .where(
            f.attempt_id == s.attempt.c.attempt_id,
            a.c.outcome == "done",
            a.c.invalidated_at.is_(None),
        )
        .correlate(s.attempt)
    )


def _with_files(
    connection: Connection, rows: list[Candidate], roles: Mapping[str, Collection[str]] | None
) -> list[Candidate]:
    """Say which products go, and how large they are; what has none of these roles is left out."""
    found: list[Candidate] = []
    for chunk in chunks(rows):
        products = _products(connection, [one.attempt_id for one in chunk])
        for one in chunk:
            mine = products.get(one.attempt_id, [])
            wanted = None if roles is None else set(roles[one.recipe])
            going = [row for row in mine if wanted is None or row.product_role in wanted]
            if going:
                found.append(_going(one, mine, going))
    return found


def _going(one: Candidate, mine: list[Any], going: list[Any]) -> Candidate:
    return Candidate(
        one.kind,
        one.attempt_id,
        one.process_id,
        one.number,
        one.key,
        one.recipe,
        one.version,
        one.folder,
        sum(row.size_bytes for row in going),
        {row.frame_id: row.archive_name for row in going},
        len(going) == len(mine),
    )


def _products(connection: Connection, attempt_ids: list[int]) -> dict[int, list[Any]]:
    """The products of attempts that have a file, with its size."""
    f, file = s.frame.c, s.file.c
    columns = (f.attempt_id, f.frame_id, f.product_role, f.archive_name)
    found: dict[int, list[Any]] = {}
    for row in connection.execute(
        select(*columns, func.max(file.size_bytes).label("size_bytes"))
        .join(s.file, file.frame_id == f.frame_id)
        .where(f.attempt_id.in_(attempt_ids))
        .group_by(*columns)
        .order_by(f.frame_id)
    ):
        found.setdefault(row.attempt_id, []).append(row)
    return found


def kept(
    connection: Connection,
    wanted: Iterable[Candidate],
    user: str,
    frames_in_use: Collection[int] = (),
) -> dict[int, str]:
    """Return why attempts are kept all the same.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    wanted : iterable of Candidate
    user : str
        Who cleans.
    frames_in_use : collection of int
        Inputs of running batches, as their plans tell.

    Returns
    -------
    dict of int to str
        ``exported``, ``accepted``, ``pinned``, ``in use`` or ``not yours``, by attempt id; those
        that may go are left out.
    """
    of = {one.attempt_id: one.process_id for one in wanted}
    found: dict[int, str] = dict.fromkeys(_foreign(connection, of, user), "not yours")
    found |= dict.fromkeys(_in_use(connection, of), "in use")
    for chunk in chunks(of):
        found |= dict.fromkeys(_frames(connection, chunk, frames_in_use), "in use")
        found |= dict.fromkeys(_pinned(connection, chunk), "pinned")
        words = said(connection, chunk)
        found |= {number: "accepted" for number, accepted in words.items() if accepted}
        exported = select(s.export.c.attempt_id).where(s.export.c.attempt_id.in_(chunk))
        found |= dict.fromkeys(connection.scalars(exported), "exported")
    return found


def _in_use(connection: Connection, of: Mapping[int, int]) -> list[int]:
    """Attempts of processes that a batch makes, or has in its plan."""
    p, m, r, b = s.process.c, s.batch_process.c, s.round_.c, s.batch.c
    used: set[int] = set()
    for chunk in chunks(set(of.values())):
        claimed = select(p.process_id).where(p.process_id.in_(chunk), p.claimed_by.is_not(None))
        planned = (
            select(m.process_id)
            .join(s.round_, r.round_id == m.round_id)
            .join(s.batch, b.batch_id == r.batch_id)
            .where(m.process_id.in_(chunk), b.state == "running")
        )
        used |= {*connection.scalars(claimed), *connection.scalars(planned)}
    return [attempt_id for attempt_id, process_id in of.items() if process_id in used]


def _frames(connection: Connection, chunk: list[int], frames: Collection[int]) -> set[int]:
    f = s.frame.c
    return {
        attempt_id
        for some in chunks(frames)
        for attempt_id in connection.scalars(
            select(f.attempt_id).where(f.attempt_id.in_(chunk), f.frame_id.in_(some))
        )
    }


def _pinned(connection: Connection, chunk: list[int]) -> set[int]:
    f, pin = s.frame.c, s.pin.c
    held = and_(pin.content_id == f.content_id, pin.ended.is_(None))
    query = select(f.attempt_id).join(s.pin, held).where(f.attempt_id.in_(chunk))
    return set(connection.scalars(query))


def _foreign(connection: Connection, of: Mapping[int, int], user: str) -> list[int]:
    """What belongs to a workspace that the user may not change, whoever else's it is."""
    link, w = s.workspace_process.c, s.workspace.c
    names = connection.execute(select(w.workspace_id, w.name))
    least = ROLES.index("member")
    closed = [
        number
        for number, name in names
        if ROLES.index(role_in(connection, user, name) or ROLES[0]) < least
    ]
    if not closed:
        return []
    theirs = {
        process_id
        for chunk in chunks(set(of.values()))
        for process_id in connection.scalars(
            select(link.process_id).where(link.process_id.in_(chunk), link.workspace_id.in_(closed))
        )
    }
    return [attempt_id for attempt_id, process_id in of.items() if process_id in theirs]
