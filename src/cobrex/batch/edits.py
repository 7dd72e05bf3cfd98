"""Inputs that a person wants otherwise: checked, and written as pins of a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex_db import candidates, pins
from cobrex_db.engine import transact
from cobrex_db.frame_lookup import frame_by
from cobrex_db.locate import locate
from cobrex_db.pins import Choice
from cobrex_db.usable import why_not

from .pins import THIS_BATCH
from .proposal import Proposal, Role
from .request import Pinned, Request

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Edits:
    """What a person wants otherwise.

    Attributes
    ----------
    inputs : mapping of str to sequence of str
        Frames by role, called by whatever name: exactly these.
    without : sequence of str
        Roles that stay empty.
    why : str
    """

    inputs: Mapping[str, Sequence[str]]
    without: Sequence[str] = ()
    why: str = ""

    def __bool__(self) -> bool:
        return bool(self.inputs or self.without)


def pinned(
    engine: Engine, request: Request, proposal: Proposal, edits: Edits
) -> tuple[Pinned, ...]:
    """Return edits as pins of a request.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    request : Request
    proposal : Proposal
        Of the rules alone.
    edits : Edits

    Returns
    -------
    tuple of Pinned

    Raises
    ------
    UsageError
        Kinds ``role``, ``input``: no such input, a frame of another type, too few or too many.
    CatalogueError
        Kinds ``unknown-frame``, ``ambiguous-frame``.
    """
    if both := set(edits.without) & edits.inputs.keys():
        raise UsageError(
            f"{min(both)} is given and left out",
            hint="--input or --without, one of them",
            kind="input",
        )
    wanted: dict[str, Sequence[str]] = {**edits.inputs, **dict.fromkeys(edits.without, ())}
    why = edits.why or THIS_BATCH
    found = []
    for name, frames in wanted.items():
        role = proposal.role(name)
        contents = _contents(engine, request, role, frames)
        found.append(Pinned(proposal.association, proposal.main, name, contents, why))
    return tuple(found)


def _contents(
    engine: Engine, request: Request, role: Role, frames: Sequence[str]
) -> tuple[str, ...]:
    with engine.connect() as connection:
        ids = [frame_by(connection, text, viewer=request.user) for text in frames]
        ids = list(dict.fromkeys(ids))
        _check_number(role, len(ids))
        rows = candidates.candidates(connection, None, request.workspace, frame_ids=ids)
        usable = {row["frame_id"]: row for row in rows}
        for number in ids:
            _check(connection, request, role, number, usable.get(number))
    places = locate(engine, ids)
    if lacking := [i for i in ids if i not in places]:
        raise UsageError(
            f"the file of frame {lacking[0]} cannot be read",
            hint="`cobrex check` tells what has become of it",
            kind="input",
        )
    return tuple(places[i][1] for i in ids)


def _check_number(role: Role, number: int) -> None:
    if not number and role.min:
        raise UsageError(
            f"without {role.role} the recipe cannot work",
            hint=f"--input {role.role}=FRAME chooses another one",
            kind="input",
        )
    if number < role.min or (role.max is not None and number > role.max):
        most = " or more" if role.max is None else f" to {role.max}" * (role.max > role.min)
        raise UsageError(
            f"{role.role} takes {role.min}{most}, not {number} frames",
            hint=f"give that many times --input {role.role}=FRAME",
            kind="input",
        )


def _check(
    connection: Connection, request: Request, role: Role, number: int, row: Mapping[str, Any] | None
) -> None:
    if row is None:
        raise UsageError(
            f"frame {number} cannot be {role.role}: "
            f"{why_not(connection, number, request.workspace)}",
            hint="take another one; `cobrex validate accept` lifts a failed verdict",
            kind="input",
        )
    if row["frame_type"] not in role.frame_types:
        raise UsageError(
            f"frame {number} is {row['frame_type']}; "
            f"{role.role} is {' or '.join(role.frame_types)}",
            hint=f"cobrex find --frame {role.frame_types[0]}",
            kind="input",
        )


def keep(engine: Engine, request: Request, pinned: Iterable[Pinned], why: str) -> None:
    """Keep pins of a request, for all later plans of its workspace.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    request : Request
    pinned : iterable of Pinned
    why : str

    Raises
    ------
    CatalogueError
        Kinds ``why``, ``no-access``.
    """
    choices = [Choice(p.association, p.main, p.role, p.contents, request.user, why) for p in pinned]

    def write(connection: Connection) -> None:
        for choice in choices:
            pins.save(connection, request.workspace, choice)

    transact(engine, write)
