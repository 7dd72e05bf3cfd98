"""Metrics in the catalogue: listed, over nights, among their peers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, select

from . import schema as s
from .valid import VALID, is_recipe
from .workspaces import restrict_processes


def list_metrics(
    connection: Connection,
    *,
    recipe: str | None = None,
    metric: str | None = None,
    star_id: int | None = None,
    viewer: str | None = None,
    nights: tuple[date | None, date | None] = (None, None),
    verdict: str | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return the metrics of valid attempts, the latest observed first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipe : str, optional
        With or without namespace.
    metric : str, optional
        Its exact name.
    star_id : int, optional
    viewer : str, optional
        Only what this user may see.
    nights : (date or None, date or None)
        First and last.
    verdict : str, optional
        The metric's own: ``pass``, ``warn``, ``fail``.
    limit : int, optional

    Returns
    -------
    list of dict
        ``key recipe version star night mjd metric value unit low high verdict
        process_verdict attempt_id``; ``mjd`` is the first product's, days.
    """
    p, a, m, f = s.process.c, s.attempt.c, s.metric.c, s.frame.c
    mjd = select(func.min(f.mjd_obs)).where(f.attempt_id == a.attempt_id).scalar_subquery()
    query = (
        select(
            p.key, p.recipe, p.version, s.star.c.identifier.label("star"), p.night,
            mjd.label("mjd"), m.name.label("metric"), m.value, m.unit, m.low, m.high,
            m.verdict, p.verdict.label("process_verdict"), a.attempt_id,
        )
        .join(s.attempt, and_(
            a.process_id == p.process_id, VALID
        ))
        .join(s.metric, m.attempt_id == a.attempt_id)
        .outerjoin(s.star, s.star.c.star_id == p.star_id)
        .order_by(p.night.desc(), a.attempt_id.desc(), m.metric_id)
    )  # fmt: skip
    if recipe is not None:
        query = query.where(is_recipe(recipe))
    if metric is not None:
        query = query.where(m.name == metric)
    if star_id is not None:
        query = query.where(p.star_id == star_id)
    if nights[0] is not None:
        query = query.where(p.night >= nights[0])
    if nights[1] is not None:
        query = query.where(p.night <= nights[1])
    if verdict is not None:
        query = query.where(m.verdict == verdict)
    query = restrict_processes(query, viewer)
    if limit is not None:
        query = query.limit(limit)
    return [dict(row._mapping) for row in connection.execute(query)]


def names(connection: Connection) -> list[str]:
    """Return the names of all metrics, in order."""
    m = s.metric.c
    return list(connection.scalars(select(m.name).distinct().order_by(m.name)))


def peers(connection: Connection, recipes: Iterable[str]) -> list[tuple[int, str, str, float]]:
    """Return what valid attempts of recipes measured.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    recipes : iterable of str
        ``namespace/name``.

    Returns
    -------
    list of (int, str, str, float)
        Attempt id, recipe, metric, value.
    """
    p, a, m = s.process.c, s.attempt.c, s.metric.c
    rows = connection.execute(
        select(a.attempt_id, p.recipe, m.name, m.value)
        .join(s.process, p.process_id == a.process_id)
        .join(s.metric, m.attempt_id == a.attempt_id)
        .where(
            p.recipe.in_(list(recipes)),
            VALID,
            m.value.is_not(None),
        )
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
