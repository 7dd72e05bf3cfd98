"""Pins as a plan uses them: the choices of people, with the frames they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cobrex.plan.draft import PlanFrame
from cobrex.plan.pinned import Pin, Pins
from cobrex_db import candidates, pins
from cobrex_db.pins import Choice
from cobrex_db.usable import why_not

from .frames import plan_frame
from .request import Request

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

THIS_BATCH = "asked for"


def load(engine: Engine, request: Request) -> Pins:
    """Return what people chose in the workspace of a request, and for the request itself.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    request : Request

    Returns
    -------
    mapping
        As `cobrex.plan.pinned.Pins`; a choice of the request comes before one that is kept.
    """
    mine = [
        Choice(p.association, p.main, p.role, p.contents, request.user, p.why) for p in request.pins
    ]
    with engine.connect() as connection:
        choices = [*pins.in_force(connection, request.workspace), *mine]
        if not choices:
            return {}
        contents = {c for choice in choices for c in choice.contents}
        rows = candidates.candidates(connection, None, request.workspace, contents=contents)
        frames: dict[str, PlanFrame] = {}
        for row in rows:
            frames.setdefault(row["content_id"], plan_frame(row))
        return _by_process(connection, choices, frames, request.workspace)


def _by_process(
    connection: Connection,
    choices: Iterable[Choice],
    frames: Mapping[str, PlanFrame],
    workspace: str,
) -> Pins:
    found: dict[tuple[str, str], dict[str, Pin]] = {}
    for choice in choices:
        missing = [c for c in choice.contents if c not in frames]
        trouble = why_not(connection, missing[0], workspace) if missing else ""
        used: tuple[Any, ...] = tuple(frames[c] for c in choice.contents if c in frames)
        roles = found.setdefault((choice.association, choice.main), {})
        roles[choice.role] = Pin(used, choice.user, choice.why, trouble)
    return found
