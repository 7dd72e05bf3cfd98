"""The frames a plan is made of, asked from the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cobrex.errors import PlanError
from cobrex.plan.model import PlanFrame
from cobrex.plan.pinned import IDENTITY, product_identity
from cobrex.rules.model import Association, Source
from cobrex_db import candidates
from cobrex_db.query import what_there_is
from cobrex_db.stars.lookup import Star
from cobrex_db.usable import main_contents, why_not

from .request import Request

if TYPE_CHECKING:
    from sqlalchemy import Connection


def main_frames(
    connection: Connection, association: Association, request: Request, stars: list[Star]
) -> list[PlanFrame]:
    """Return the catalogued main frames a request asks for.

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
    if request.main:
        return _given(connection, request)
    types = [
        t
        for t in association.main.frame_types
        if not request.frame_types or t in request.frame_types
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


def _given(connection: Connection, request: Request) -> list[PlanFrame]:
    """Just the main frames that a person named."""
    rows = candidates.candidates(connection, None, request.workspace, frame_ids=request.main)
    there = {row["frame_id"] for row in rows}
    if lacking := [i for i in request.main if i not in there]:
        raise PlanError(
            f"frame {lacking[0]} cannot be reduced: "
            f"{why_not(connection, lacking[0], request.workspace)}",
            hint="`cobrex show` tells what it is",
            kind="nothing-matches",
        )
    own = [row["process_id"] for row in rows if row["process_id"] is not None]
    made_from = main_contents(connection, own)
    for row in rows:
        if (found := made_from.get(row["process_id"])) is not None:
            column = {IDENTITY: product_identity(*found, row["product_role"])}
            row["instrument_columns"] = {**(row["instrument_columns"] or {}), **column}
    return [plan_frame(row) for row in rows]


def asked(frames: Iterable[PlanFrame], request: Request, stars: list[Star]) -> list[PlanFrame]:
    """Return those of some frames that a request asks for.

    Parameters
    ----------
    frames : iterable of PlanFrame
        Catalogued, or still to be made: setup, star and night are those of what they are made from.
    request : Request
    stars : list of Star

    Returns
    -------
    list of PlanFrame
    """
    ids = {s.star_id for s in stars}
    first, last = request.nights
    return [
        f
        for f in frames
        if (not ids or f.values.get("star_id") in ids)
        and (first is None or (f.night is not None and f.night >= first))
        and (last is None or (f.night is not None and f.night <= last))
        and all(f.values.get(name) == value for name, value in request.observed.items())
    ]


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
    origins = {name for a in needed for name in a.origins}
    windows: list[tuple[float, float] | None] = []
    for association in needed:
        sources = [s for r in association.inputs for s in r.sources]
        types.update(*(s.frame_types for s in sources))
        if association.name in origins or association.main.origin:
            types.update(association.main.frame_types)
        windows += [_widest(s) for s in sources]
    nights = [f.night for group in main.values() for f in group]
    rows = candidates.candidates(connection, types, workspace, nights=_reach(nights, windows))
    frames: dict[str, list[PlanFrame]] = {}
    for row in rows:
        frames.setdefault(row["frame_type"], []).append(plan_frame(row))
    return frames


def _widest(source: Source) -> tuple[float, float] | None:
    windows = [level.window_days for level in source.levels]
    if source.lineage:
        return 0.0, 0.0
    if None in windows:
        return None
    return min(w[0] for w in windows if w), max(w[1] for w in windows if w)


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
        process_id=row["process_id"],
        verdict=row["verdict"],
    )


def nothing_matches(
    connection: Connection, chosen: list[Association], request: Request, stars: list[Star]
) -> PlanError:
    """Return the error of a request that matches nothing: it says what there is instead."""
    types = sorted(set(request.frame_types) or {t for a in chosen for t in a.main.frame_types})
    whose = f" of {', '.join(s.identifier for s in stars)}" if stars else ""
    there = [
        f"{s.identifier} has {counts}"
        if (counts := _counts(connection, s, request.user))
        else f"the catalogue has no frames of {s.identifier}"
        for s in stars
    ]
    return PlanError(
        f"no frames {' or '.join(types)}{whose} match",
        hint="; ".join(there) or "see what there is with `cobrex find`",
        kind="nothing-matches",
    )


def _counts(connection: Connection, star: Star, viewer: str) -> str:
    there = what_there_is(connection, star.star_id, viewer)
    return ", ".join(f"{number} {frame_type}" for frame_type, number in there.items())
