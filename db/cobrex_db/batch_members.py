"""How each process of a batch fares: once, however many rounds have planned it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    not_,
    or_,
    select,
)

from . import schema as s
from .valid import VALID, is_recipe

STATES = ("waiting", "running", "done", "reused", "failed", "blocked", "lost", "cancelled")
#: what a later round may have planned otherwise
_UNMADE = ("waiting", "blocked", "cancelled")


def fared(batch_ids: Collection[int]) -> Subquery:
    """Return the statement for the processes of batches, each once.

    Parameters
    ----------
    batch_ids : collection of int

    Returns
    -------
    sqlalchemy.Subquery
        ``batch_id process_id state cause blocked_by since host job level round``: as its last round
        has it; what an earlier round of the batch has made is ``done``, not ``reused``. What was
        not made, and then asked for with other inputs, is left out.
    """
    m, r, n = s.batch_process.c, s.round_.c, s.round_.alias().c
    newest = (
        select(n.batch_id, func.max(n.number).label("number"))
        .where(n.batch_id.in_(batch_ids))
        .group_by(n.batch_id)
        .subquery()
    )
    # what the newest round has, which is most, is looked at nowhere else
    elsewhere = or_(_again(_later), and_(m.state.in_(_UNMADE), _otherwise()))
    return (
        select(
            r.batch_id,
            m.process_id,
            case(
                (and_(m.state == "reused", _again(_earlier, state="done")), "done"),
                else_=m.state,
            ).label("state"),
            *(m.cause, m.blocked_by, m.since, m.host, m.job, m.level),
            r.number.label("round"),
        )
        .select_from(newest)
        .join(s.round_, r.batch_id == newest.c.batch_id)
        .join(s.batch_process, m.round_id == r.round_id)
        .where(or_(r.number == newest.c.number, not_(elsewhere)))
        .subquery()
    )


def _later(number: Any) -> Any:
    return number > s.round_.c.number


def _earlier(number: Any) -> Any:
    return number < s.round_.c.number


def _again(when: Callable[[Any], Any], state: str = "") -> Any:
    """The condition that another round of the batch has the process too."""
    member, other = s.batch_process.alias(), s.round_.alias()
    wanted = [member.c.state == state] if state else []
    return exists(
        select(member.c.round_id)
        .join(other, other.c.round_id == member.c.round_id)
        .where(
            member.c.process_id == s.batch_process.c.process_id,
            other.c.batch_id == s.round_.c.batch_id,
            when(other.c.number),
            *wanted,
        )
        .correlate(s.batch_process, s.round_)
    )


def _otherwise() -> Any:
    """The condition that a later round asks the same question with other inputs."""
    before, after = s.process.alias(), s.process.alias()
    member, other = s.batch_process.alias(), s.round_.alias()
    return exists(
        select(member.c.round_id)
        .select_from(before)
        .join(after, after.c.series == before.c.series)
        .join(member, member.c.process_id == after.c.process_id)
        .join(other, other.c.round_id == member.c.round_id)
        .where(
            before.c.process_id == s.batch_process.c.process_id,
            after.c.process_id != before.c.process_id,
            other.c.batch_id == s.round_.c.batch_id,
            _later(other.c.number),
        )
        .correlate(s.batch_process, s.round_)
    )


def counts(connection: Connection, batch_ids: Collection[int]) -> dict[int, Counter[str]]:
    """Count the processes of batches by state.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_ids : collection of int

    Returns
    -------
    dict of int to Counter
        ``total``, each of `STATES` that occurs, and ``qc_fail``: those of the done and reused ones
        whose products failed their QC.
    """
    f, verdict = fared(batch_ids), s.process.c.verdict
    spoilt = and_(f.c.state.in_(("done", "reused")), verdict == "fail")
    rows = connection.execute(
        select(f.c.batch_id, f.c.state, func.sum(case((spoilt, 1), else_=0)), func.count())
        .join(s.process, s.process.c.process_id == f.c.process_id)
        .group_by(f.c.batch_id, f.c.state)
    )
    found: dict[int, Counter[str]] = {batch_id: Counter() for batch_id in batch_ids}
    for batch_id, state, bad, number in rows:
        found[batch_id].update({state: number, "total": number, "qc_fail": int(bad)})
    return found


def members(
    connection: Connection,
    batch_id: int,
    *,
    state: str = "",
    star_id: int | None = None,
    step: str = "",
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return the processes of a batch, producers first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id : int
    state : str
        Only those in this one of `STATES`.
    star_id : int, optional
        Only those of a star.
    step : str
        Only those of a rule or a recipe.
    limit : int, optional
        At most so many.

    Returns
    -------
    list of dict
        ``key recipe version association star night state cause blocked_by verdict reason message
        folder cpu_s started ended attempt level round since host job process_id series``; what
        belongs to an attempt is of the batch's own, else of the valid one that it reused.
    """
    f, p, a = fared([batch_id]), s.process.c, s.attempt.c
    chosen_few = (
        select(f)
        .join(s.process, p.process_id == f.c.process_id)
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .where(*_wanted(f, state, star_id, step))
        .order_by(f.c.level, s.star.c.identifier, f.c.process_id)
        .limit(limit)
        .subquery()
    )
    chosen = attempts_of(chosen_few, batch_id)
    c = chosen_few.c
    rows = connection.execute(
        select(
            *(p.key, p.recipe, p.version, p.association, s.star.c.identifier.label("star")),
            *(p.night, c.state, c.cause, c.blocked_by, p.verdict, a.reason, a.message, a.folder),
            *(a.cpu_s, a.started, a.ended, a.number.label("attempt"), c.level, c.round, c.since),
            *(func.coalesce(c.host, a.host).label("host"), c.job, p.process_id, p.series),
        )
        .select_from(chosen_few)
        .join(s.process, p.process_id == c.process_id)
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .outerjoin(chosen, chosen.c.process_id == c.process_id)
        .outerjoin(s.attempt, a.attempt_id == chosen.c.attempt_id)
        .order_by(c.level, s.star.c.identifier, c.process_id)
    )
    return [dict(row._mapping) for row in rows]


def _wanted(f: FromClause, state: str, star_id: int | None, step: str) -> list[Any]:
    p = s.process.c
    wanted = [] if not state else [f.c.state == state]
    wanted += [] if star_id is None else [p.star_id == star_id]
    return wanted + ([or_(p.association == step, is_recipe(step))] if step else [])


def attempts_of(processes: FromClause, batch_id: int) -> Subquery:
    """Return the statement for the attempt of each process that counts in a batch.

    Parameters
    ----------
    processes : sqlalchemy.FromClause
        With a column ``process_id``.
    batch_id : int

    Returns
    -------
    sqlalchemy.Subquery
        ``process_id attempt_id``: its own latest, else the valid one it reused, else the latest.
    """
    a = s.attempt.c
    query: Select[Any] = (
        select(
            a.process_id,
            func.coalesce(
                func.max(case((a.batch_id == batch_id, a.attempt_id))),
                func.max(case((VALID, a.attempt_id))),
                func.max(a.attempt_id),
            ).label("attempt_id"),
        )
        .join(processes, processes.c.process_id == a.process_id)
        .group_by(a.process_id)
    )
    return query.subquery()


def ends_of(connection: Connection, batch_id: int) -> dict[str, tuple[str, str]]:
    """Return state and cause of each process of a batch, as its last round says; by key."""
    r, p, m = s.round_.c, s.process.c, s.batch_process.c
    rows = connection.execute(
        select(p.key, m.state, m.cause)
        .join(s.round_, r.round_id == m.round_id)
        .join(s.process, p.process_id == m.process_id)
        .where(r.batch_id == batch_id)
        .order_by(r.number)
    )
    return {key: (state, cause or "") for key, state, cause in rows}
