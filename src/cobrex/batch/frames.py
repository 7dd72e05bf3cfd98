"""The frames a plan is made of, asked from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cobrex.errors import PlanError
from cobrex.plan.draft import PlanFrame
from cobrex.plan.pinned import IDENTITY, product_identity
from cobrex.rules.model import Association
from cobrex_db import candidates
from cobrex_db.query import what_there_is
from cobrex_db.stars.lookup import Star
from cobrex_db.usable import main_contents, why_not

from .reach import Scope
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
    connection: Connection, scope: Scope, workspace: str
) -> dict[str, list[PlanFrame]]:
    """Return the candidates for all other inputs, by frame type.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    scope : Scope
    workspace : str

    Returns
    -------
    dict of str to list of PlanFrame
    """
    rows = candidates.candidates(connection, scope.types, workspace, nights=scope.nights)
    return by_type(connection, rows, scope)


def by_type(
    connection: Connection, rows: Iterable[Mapping[str, Any]], scope: Scope
) -> dict[str, list[PlanFrame]]:
    """Return catalogue rows as the plan sees them, by frame type."""
    rows = list(rows)
    made_from: Mapping[int, frozenset[int]] = {}
    if scope.lineage:
        made_by = (row["process_id"] for row in rows if row["process_id"] is not None)
        made_from = candidates.parents(connection, made_by)
    found: dict[str, list[PlanFrame]] = {}
    for row in rows:
        parents = made_from.get(row["process_id"], _NONE)
        found.setdefault(row["frame_type"], []).append(plan_frame(row, parents))
    return found


_NONE: frozenset[int] = frozenset()
_VALUES = (
    *("content_id", "instrument", "arm", "object", "target", "filter", "coronagraph"),
    *("neutral_density", "dit_s", "ndit", "exposure_s", "observation_id", "product_role"),
    *("star_id", "ob_id", "programme", "template_start"),
)


def plan_frame(row: Mapping[str, Any], parents: frozenset[int] = _NONE) -> PlanFrame:
    """Return a catalogue row as the plan sees it.

    Parameters
    ----------
    row : mapping
        From `cobrex_db.candidates`.
    parents : frozenset of int
        Ids of the frames it was made from.

    Returns
    -------
    PlanFrame
    """
    values = {name: row[name] for name in _VALUES}
    values.update(row["instrument_columns"] or ())
    return PlanFrame(
        row["frame_id"],
        row["frame_type"],
        row["archive_name"] or f"frame {row['frame_id']}",
        row["mjd_obs"],
        row["night"],
        row["star"],
        values,
        row["kind"] == "product" and row["process_id"] is None,
        row["process_id"],
        row["verdict"],
        parents,
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
