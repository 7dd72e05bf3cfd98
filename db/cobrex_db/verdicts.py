"""Verdicts: what the ranges in force and the latest word of a person make of an attempt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from . import schema as s
from .chunks import chunks
from .invalidate import withdraw_users
from .valid import VALID, is_recipe

_ORDER = ("pass", "warn", "fail")


@dataclass(frozen=True, slots=True)
class Judged:
    """An attempt judged by other ranges than before.

    Attributes
    ----------
    process_id, attempt_id : int
    metrics : sequence of mapping
        ``name value unit product low high verdict``, all of the attempt's.
    ranges_hash : str
        Of the ranges they were judged with.
    """

    process_id: int
    attempt_id: int
    metrics: Sequence[Mapping[str, Any]]
    ranges_hash: str


def store(connection: Connection, judged: Judged) -> list[int]:
    """Write how an attempt is judged now.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    judged : Judged

    Returns
    -------
    list of int
        Processes that went out of use with it.
    """
    table = s.metric
    connection.execute(delete(table).where(table.c.attempt_id == judged.attempt_id))
    add_metrics(connection, {judged.attempt_id: judged.metrics})
    connection.execute(
        update(s.attempt)
        .where(s.attempt.c.attempt_id == judged.attempt_id)
        .values(ranges_hash=judged.ranges_hash)
    )
    return settle(connection, judged.process_id)


def add_metrics(connection: Connection, metrics: Mapping[int, Iterable[Mapping[str, Any]]]) -> None:
    """Add the metrics of attempts, by attempt id."""
    rows = [
        {
            "attempt_id": attempt_id,
            "product_role": m["product"],
            "name": m["name"][: _wide("name")],
            "value": m["value"],
            "unit": m["unit"][: _wide("unit")],
            "low": m["low"],
            "high": m["high"],
            "verdict": m["verdict"],
        }
        for attempt_id, found in metrics.items()
        for m in found
    ]
    if rows:
        connection.execute(insert(s.metric), rows)


def worst(verdicts: Iterable[str]) -> str:
    """Return the worst of some verdicts; ``pass`` of none."""
    return max(verdicts, key=_ORDER.index, default="pass")


def _wide(column: str) -> int:
    """MariaDB refuses a longer text, and with it the whole record; it stays whole in the record."""
    return int(s.metric.c[column].type.length)  # type: ignore[attr-defined]


def settle(connection: Connection, process_id: int) -> list[int]:
    """Give a process its verdict: its metrics', unless a person said otherwise.

    What was made from products that failed or were rejected goes out of use at once.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    process_id : int

    Returns
    -------
    list of int
        Processes that went out of use.
    """
    a, m = s.attempt.c, s.metric.c
    attempt_id = connection.scalar(
        select(a.attempt_id)
        .where(a.process_id == process_id, VALID)
        .order_by(a.number.desc())
        .limit(1)
    )
    if attempt_id is None:
        return []
    found = connection.scalars(select(m.verdict).where(m.attempt_id == attempt_id).distinct())
    verdict = effective(
        worst(found),
        said(connection, [attempt_id]).get(attempt_id),
    )
    connection.execute(
        update(s.process).where(s.process.c.process_id == process_id).values(verdict=verdict)
    )
    return withdraw_users(connection, process_id) if verdict == "fail" else []


def effective(verdict: str, accepted: bool | None) -> str:
    """Return what holds: the latest word of a person, else the verdict of the ranges."""
    if accepted is None:
        return verdict
    return "pass" if accepted else "fail"


def said(connection: Connection, attempt_ids: Collection[int]) -> dict[int, bool]:
    """Return the latest word of a person on attempts: whether they are accepted.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    attempt_ids : collection of int

    Returns
    -------
    dict of int to bool
        Attempts of which nobody said anything are left out.
    """
    v = s.validation.c
    found: dict[int, bool] = {}
    for chunk in chunks(attempt_ids):
        rows = connection.execute(
            select(v.attempt_id, v.accepted)
            .where(v.attempt_id.in_(chunk))
            .order_by(v.validation_id)
        )
        found |= dict(rows.tuples().all())
    return found


def metrics_of(
    connection: Connection, attempt_ids: Collection[int]
) -> dict[int, dict[str, tuple[float | None, str | None]]]:
    """Return what attempts measured: value and product role by name, by attempt."""
    m = s.metric.c
    found: dict[int, dict[str, tuple[float | None, str | None]]] = {i: {} for i in attempt_ids}
    for chunk in chunks(attempt_ids):
        rows = connection.execute(
            select(m.attempt_id, m.name, m.value, m.product_role)
            .where(m.attempt_id.in_(chunk))
            .order_by(m.metric_id)
        )
        for row in rows:
            found[row.attempt_id][row.name] = (row.value, row.product_role)
    return found


def judged_rows(connection: Connection, *, recipe: str | None = None) -> list[dict[str, Any]]:
    """Return the valid attempts of a recipe, or of all, with what is needed to judge them again.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipe : str, optional
        With or without namespace.

    Returns
    -------
    list of dict
        ``process_id attempt_id key recipe version code_hash preset ranges_hash verdict``.
    """
    p, a = s.process.c, s.attempt.c
    valid = and_(a.process_id == p.process_id, VALID)
    query = (
        select(
            p.process_id, a.attempt_id, p.key, p.recipe, p.version, p.code_hash, p.preset,
            a.ranges_hash, p.verdict,
        )
        .join(s.attempt, valid)
        .order_by(a.attempt_id)
    )  # fmt: skip
    if recipe is not None:
        query = query.where(is_recipe(recipe))
    return [dict(row._mapping) for row in connection.execute(query)]
