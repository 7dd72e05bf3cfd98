"""A process of a plan organised once more, with the frames of then or of now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cobrex.plan.basis import Basis
from cobrex.plan.draft import Draft, PlanFrame, Signature, product
from cobrex.plan.model import PlannedInput
from cobrex.plan.organise import Organiser
from cobrex.plan.pinned import SOURCE as PIN
from cobrex.plan.pinned import Pin, Pins, main_digest
from cobrex.plan.pool import Pool
from cobrex_db import candidates

from . import frames
from .reach import Scope

if TYPE_CHECKING:
    from sqlalchemy import Connection

Organised = tuple[Organiser, Draft | None]


@dataclass(slots=True)
class AsPlanned:
    """A process of a plan, and the frames its plan looked at.

    Attributes
    ----------
    connection : sqlalchemy.Connection
    basis : Basis
        Of the plan.
    signature : signature
        Which draft the process was.
    inputs : sequence of PlannedInput
        As they are written: what people had pinned is taken from them.
    rows : sequence of mapping
        Catalogue rows of then and of now.
    """

    connection: Connection
    basis: Basis
    signature: Signature
    inputs: Sequence[PlannedInput]
    rows: Sequence[Mapping[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        basis = self.basis
        rows = candidates.candidates(
            self.connection, basis.types, basis.workspace, nights=basis.nights, out_of_use=True
        )
        there = {row["frame_id"] for row in rows}
        rest = [i for i in _roots(self.signature) if i not in there]
        more = candidates.candidates(
            self.connection, None, basis.workspace, frame_ids=rest, out_of_use=True
        )
        self.rows = [*rows, *more]

    def organised(self, used: set[int] | None) -> Organised:
        """Choose the inputs once more.

        Parameters
        ----------
        used : set of int or None
            With the frames of then: those the plan used were good then, whatever they are now.
            None: with the frames of now.

        Returns
        -------
        (Organiser, Draft or None)
            None when a main frame is gone.
        """
        basis = self.basis
        rows = [
            row for row in self.rows if (is_usable(row) if used is None else _was(row, basis, used))
        ]
        scope = Scope(frozenset(basis.types), basis.nights, basis.lineage)
        found = frames.by_type(self.connection, rows, scope)
        own = {f.frame_id: f for some in found.values() for f in some}
        looked_at = {t: some for t, some in found.items() if t in scope.types}
        pool = Pool(basis.associations, basis.outputs, looked_at, basis.verdicts)
        organiser = Organiser(pool, basis.needs, basis.excluded)
        draft = _draft(pool, self.signature, own)
        if draft is not None:
            organiser.pins = _pins(draft, own, self.inputs)
            organiser.fill(draft)
        return organiser, draft


def is_usable(row: Mapping[str, Any]) -> bool:
    """Tell whether a frame can be used now."""
    return bool(row["state"] == "present" and row["verdict"] != "fail")


def _was(row: Mapping[str, Any], basis: Basis, used: set[int]) -> bool:
    """A frame could be used when a plan was made."""
    if row["frame_id"] > basis.horizon:
        return False
    if row["frame_id"] in used or is_usable(row):
        return True
    since = row["invalidated_at"]
    gone_since = since is not None and since > datetime.fromisoformat(basis.planned)
    replaced = row["replaced_by_id"]
    return gone_since or (replaced is not None and replaced > basis.horizon)


def _roots(signature: Signature) -> list[int]:
    found: list[int] = []
    for one in signature[1]:
        found += _roots(one[0]) if isinstance(one, tuple) else [one]
    return found


def _draft(pool: Pool, signature: Signature, own: Mapping[int, PlanFrame]) -> Draft | None:
    """Return the draft of a signature, new; None when its frames are gone."""
    name, identities = signature
    main: list[PlanFrame] = []
    for one in identities:
        frame = own.get(one) if isinstance(one, int) else _product(pool, one, own)
        if frame is None:
            return None
        main.append(frame)
    return Draft(pool.associations[name], tuple(main))


def _product(
    pool: Pool, made: tuple[Signature, str], own: Mapping[int, PlanFrame]
) -> PlanFrame | None:
    signature, output = made
    planned = pool.products(signature[0], output)
    for frame in planned:
        if frame.maker is not None and frame.maker.signature == signature:
            return frame
    maker = _draft(pool, signature, own)
    frame_type = pool.outputs[signature[0]].get(output, "")
    return None if maker is None else product(maker, output, frame_type)


def _pins(draft: Draft, own: Mapping[int, PlanFrame], inputs: Iterable[PlannedInput]) -> Pins:
    """What people had chosen, as the plan tells it."""
    found: dict[str, Pin] = {}
    for one in inputs:
        if one.source == PIN and one.frame_id is not None and one.frame_id in own:
            by, _, reason = one.why.removeprefix("pinned by ").partition(": ")
            before = found[one.role].frames if one.role in found else ()
            found[one.role] = Pin((*before, own[one.frame_id]), by, reason)
    digest = main_digest(draft)
    return {(draft.association.name, digest): found} if found and digest else {}
