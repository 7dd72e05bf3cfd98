"""The frames a plan is made of, asked from the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cobrex.errors import PlanError
from cobrex.plan.association import Association
from cobrex.plan.model import PlanFrame
from cobrex_db import candidates
from cobrex_db.query import what_there_is
from cobrex_db.stars.lookup import Star

from .request import Request

if TYPE_CHECKING:
    from sqlalchemy import Connection


def main_frames(
    connection: Connection, association: Association, request: Request, stars: list[Star]
) -> list[PlanFrame]:
    """Return the main frames a request asks for.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    association : Association
    request : Request
    stars : list of Star
        Those the request names, resolved.

    Returns
    -------
    list of PlanFrame
    """
    types = [
        t for t in association.frame_types if not request.frame_types or t in request.frame_types
    ]
    rows = candidates.candidates(
        connection,
        types,
        request.workspace,
        star_ids=[s.star_id for s in stars] or None,
        nights=request.nights,
        observed=dict(request.observed),
    )
    return [plan_frame(row) for row in rows]


def other_frames(
    connection: Connection,
    needed: Collection[Association],
    served: Iterable[str],
    main: Mapping[str, list[PlanFrame]],
    workspace: str,
) -> dict[str, list[PlanFrame]]:
    """Return the candidates for all other inputs, by frame type.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    needed : collection of Association
        Those of the plan, producers included.
    served : iterable of str
        Types the recipes ask for beside their main frames: products from elsewhere serve too.
    main : mapping of str to list of PlanFrame
        Main frames by association name.
    workspace : str

    Returns
    -------
    dict of str to list of PlanFrame
    """
    types = set(served)
    sources = {r.source for a in needed for r in a.inputs}
    windows: list[tuple[float, float] | None] = []
    for association in needed:
        types.update(*(r.frame_types for r in association.inputs))
        windows += [r.window_days for r in association.inputs]
        if association.name in sources:
            types.update(association.frame_types)
    nights = [f.night for group in main.values() for f in group]
    rows = candidates.candidates(connection, types, workspace, nights=_reach(nights, windows))
    frames: dict[str, list[PlanFrame]] = {}
    for row in rows:
        frames.setdefault(row["frame_type"], []).append(plan_frame(row))
    return frames


def _reach(
    nights: list[date | None], windows: list[tuple[float, float] | None]
) -> tuple[date | None, date | None]:
    """The nights any input may be of; open when one rule has no window, or a frame no night."""
    dated = [n for n in nights if n is not None]
    bounded = [w for w in windows if w is not None]
    if len(dated) < len(nights) or len(bounded) < len(windows) or not windows:
        return None, None
    # what a cascade may reach is the sum of its windows; a night more for the half-day shift
    before = sum(min(w[0], 0.0) for w in bounded) - 1
    after = sum(max(w[1], 0.0) for w in bounded) + 1
    return min(dated) + timedelta(days=before), max(dated) + timedelta(days=after)


# what rules may name of any instrument; each adds columns of its own
COLUMNS = frozenset(candidates.COLUMNS) | {"frame", "star", "ob_id", "programme", "template_start"}
_LABELS = (
    "frame_id",
    "frame_type",
    "archive_name",
    "mjd_obs",
    "night",
    "star",
    "instrument_columns",
    "kind",
    "process_id",
)


def plan_frame(row: Mapping[str, Any]) -> PlanFrame:
    """Return a catalogue row as the plan sees it."""
    values = {k: v for k, v in row.items() if k not in _LABELS}
    return PlanFrame(
        frame_id=row["frame_id"],
        frame_type=row["frame_type"],
        name=row["archive_name"] or f"frame {row['frame_id']}",
        mjd=row["mjd_obs"],
        night=row["night"],
        star=row["star"],
        values={**values, **(row["instrument_columns"] or {})},
        foreign=row["kind"] == "product" and row["process_id"] is None,
    )


def nothing_matches(
    connection: Connection, chosen: list[Association], request: Request, stars: list[Star]
) -> PlanError:
    """Return the error of a request that matches nothing: it says what there is instead."""
    types = sorted(set(request.frame_types) or {t for a in chosen for t in a.frame_types})
    whose = f" of {', '.join(s.identifier for s in stars)}" if stars else ""
    there = [
        f"{s.identifier} has {counts}"
        if (counts := _counts(connection, s))
        else f"the catalogue has no frames of {s.identifier}"
        for s in stars
    ]
    return PlanError(
        f"no frames {' or '.join(types)}{whose} match",
        hint="; ".join(there) or "see what there is with `cobrex find`",
        kind="nothing-matches",
    )


def _counts(connection: Connection, star: Star) -> str:
    there = what_there_is(connection, star.star_id)
    return ", ".join(f"{number} {frame_type}" for frame_type, number in there.items())
