"""Says why a query found nothing, and what there is instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Column, Connection, Select, func, select

from .errors import CatalogueError
from .frame_query import FrameQuery
from .near_miss import near_or_all
from .query import count_by_type, night_span
from .query_conditions import pattern
from .schema import frame, observation
from .workspaces import restrict_frames

_VALUES = {
    "filter": (frame.c.filter, "filters"),
    "arm": (frame.c.arm, "arms"),
    "instrument": (frame.c.instrument, "instruments"),
    "programme": (observation.c.programme, "programmes"),
}
_LIFTED = ("limit", "arm", "filter", "programme", "object", "kind")


def check_values(connection: Connection, query: FrameQuery) -> None:
    """Refuse a value that no frame of the catalogue has.

    Asked only when nothing was found: it may read the whole table.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    query : FrameQuery

    Raises
    ------
    CatalogueError
        Kinds ``unknown-filter``, ``unknown-arm``, ``unknown-instrument``, ``unknown-programme``;
        the near miss is offered. Nothing is said of an empty catalogue.
    """
    for name, (column, plural) in _VALUES.items():
        value = getattr(query, name)
        if value is None:
            continue
        value = value.upper() if name == "arm" else value
        there = restrict_frames(connection, _values(column), query.viewer)
        if connection.scalar(there.where(pattern(column, value)).limit(1)) is not None:
            continue
        known = [v for v in connection.scalars(there.distinct()) if v is not None]
        if known:
            raise CatalogueError(
                f"no frame has the {name} {value!r}",
                kind=f"unknown-{name}",
                hint=near_or_all(value, known, plural),
            )


def _values(column: Column[str]) -> Select[Any]:
    """Values of a column that frames have."""
    query = select(column).select_from(frame)
    return query.join(observation) if column.table is observation else query


def instead(connection: Connection, query: FrameQuery) -> str:
    """Return one line on what there is when a query found nothing.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    query : FrameQuery

    Returns
    -------
    str
    """
    nothing = dict.fromkeys(_LIFTED)
    wider = replace(query, frame_types=(), status="all", **nothing)  # type: ignore[arg-type]
    counts = count_by_type(connection, wider)
    if not counts and (query.night_from or query.night_to):
        counts = count_by_type(connection, replace(wider, night_from=None, night_to=None))
        where = f"other nights ({_span(connection, wider)})"
    else:
        where = "there are"
    if counts:
        listed = ", ".join(
            f"{n} {name}" for name, n in sorted(counts.items(), key=lambda item: -item[1])[:8]
        )
        return f"{where}: {listed}"
    every = restrict_frames(connection, select(func.count()).select_from(frame), query.viewer)
    total = connection.scalar(every) or 0
    return (
        f"the catalogue holds {total} frames" if total else "the catalogue is empty: import frames"
    )


def _span(connection: Connection, query: FrameQuery) -> str:
    """Return the first and last night of what a query asks for, without its nights."""
    first, last = night_span(connection, replace(query, night_from=None, night_to=None))
    return f"{_day(first)} to {_day(last)}" if first != last else _day(first)


def _day(night: date | None) -> str:
    return "no night" if night is None else night.isoformat()
