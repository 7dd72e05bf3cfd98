"""Inputs that people chose and want to keep: who, why, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from . import schema as s
from .errors import CatalogueError
from .people import user_id, utc_now
from .workspaces import demand

MAX_WHY = 2_000
#: stands for no frame at all: the role stays empty
NOTHING = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for a role of one process.

    Attributes
    ----------
    association, main, role : str
        Which process, and what for; `main` stands for the main frames.
    contents : tuple of str
        Content ids of the frames; empty: none.
    user, why : str
    """

    association: str
    main: str
    role: str
    contents: tuple[str, ...]
    user: str
    why: str


def save(connection: Connection, workspace: str, choice: Choice) -> None:
    """Keep a choice; what was chosen for the role before holds no more.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    workspace : str
        In which it holds.
    choice : Choice

    Raises
    ------
    CatalogueError
        Kinds ``unknown-workspace``, ``no-access``; kind ``why``: no reason is given.
    """
    place = demand(connection, choice.user, workspace, "member")
    why = " ".join(choice.why.split())  # of one line: it is shown in tables
    if not why or len(why) > MAX_WHY:
        raise CatalogueError(
            f"a pin wants a reason of 1 to {MAX_WHY:,} characters",
            hint='--why "the lamp was off in the nearer one"',
            kind="why",
        )
    p = s.pin.c
    same = (p.association == choice.association, p.main == choice.main, p.role == choice.role)
    _end(connection, p.workspace_id == place, *same)
    rows = [
        {
            "workspace_id": place,
            "user_id": user_id(connection, choice.user),
            "association": choice.association,
            "main": choice.main,
            "role": choice.role,
            "content_id": content,
            "why": why,
            "created": utc_now(),
        }
        for content in choice.contents or (NOTHING,)
    ]
    connection.execute(insert(s.pin), rows)


def in_force(connection: Connection, workspace: str) -> list[Choice]:
    """Return the choices that hold in a workspace.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    workspace : str

    Returns
    -------
    list of Choice
    """
    found: dict[tuple[str, str, str], Choice] = {}
    query = _listed().where(s.workspace.c.name == workspace, s.pin.c.ended.is_(None))
    for row in connection.execute(query):
        key = (row.association, row.main, row.role)
        before = found[key].contents if key in found else ()
        mine = () if row.content_id == NOTHING else (row.content_id,)
        found[key] = Choice(*key, (*before, *mine), row.user, row.why)
    return list(found.values())


def list_pins(connection: Connection, user: str, workspace: str) -> list[dict[str, Any]]:
    """List the pins that hold in a workspace, one row a frame.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user : str
        Who asks.
    workspace : str

    Returns
    -------
    list of dict
        ``pin association main role content_id frame_id archive_name user why created``; the
        frame's are None when it is gone, or when there is to be none.

    Raises
    ------
    CatalogueError
        Kind ``unknown-workspace``.
    """
    place = demand(connection, user, workspace, "reader")
    rows = connection.execute(
        _listed().where(s.pin.c.workspace_id == place, s.pin.c.ended.is_(None))
    ).all()
    f = s.frame.c
    contents = [row.content_id for row in rows]
    present = select(f.content_id, f.frame_id, f.archive_name).where(
        f.content_id.in_(contents), f.state == "present"
    )
    frames = {row.content_id: row for row in connection.execute(present)}
    return [
        {
            "pin": row.pin_id,
            "association": row.association,
            "main": row.main,
            "role": row.role,
            "content_id": row.content_id or None,
            "frame_id": frames[row.content_id].frame_id if row.content_id in frames else None,
            "archive_name": (
                frames[row.content_id].archive_name if row.content_id in frames else None
            ),
            "user": row.user,
            "why": row.why,
            "created": row.created,
        }
        for row in rows
    ]


def remove(connection: Connection, user: str, workspace: str, pins: Sequence[int]) -> None:
    """End pins: the rules decide again.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    user, workspace : str
    pins : sequence of int
        Their numbers; all frames of the same choice go together.

    Raises
    ------
    CatalogueError
        Kinds ``unknown-workspace``, ``no-access``, ``unknown-pin``.
    """
    place = demand(connection, user, workspace, "member")
    p = s.pin.c
    for number in pins:
        row = connection.execute(
            _listed().where(p.workspace_id == place, p.ended.is_(None), p.pin_id == number)
        ).first()
        if row is None:
            raise CatalogueError(
                f"there is no pin {number} in the workspace {workspace}",
                hint="`cobrex process pins` lists them",
                kind="unknown-pin",
            )
    chosen = connection.execute(
        select(p.association, p.main, p.role).where(p.pin_id.in_(list(pins))).distinct()
    ).all()
    for association, main, role in chosen:
        same = (p.association == association, p.main == main, p.role == role)
        _end(connection, p.workspace_id == place, *same)


def _end(connection: Connection, *conditions: Any) -> None:
    connection.execute(
        update(s.pin).where(s.pin.c.ended.is_(None), *conditions).values(ended=utc_now())
    )


def _listed() -> Select[Any]:
    return (
        select(s.pin, s.user.c.name.label("user"))
        .join(s.user, s.user.c.user_id == s.pin.c.user_id)
        .join(s.workspace, s.workspace.c.workspace_id == s.pin.c.workspace_id)
        .order_by(s.pin.c.pin_id)
    )
