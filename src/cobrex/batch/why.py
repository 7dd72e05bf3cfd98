"""Why a process has the inputs it has: its plan made again, as it was and as it would be now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cobrex import instruments
from cobrex.errors import CobrexError, PlanError, UsageError
from cobrex.plan.basis import Basis, read_basis
from cobrex.plan.draft import Draft, PlanFrame, Signature
from cobrex.plan.explain import Considered, explain
from cobrex.plan.file import PlanFile
from cobrex.plan.model import PlannedInput, PlannedProcess
from cobrex.rules.book import COLUMNS
from cobrex.settings import Settings
from cobrex_db import candidates, frame_lookup, processes
from cobrex_db.errors import CatalogueError
from cobrex_db.plans import PlanPlace, plans_of

from .as_planned import AsPlanned, Organised, is_usable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Role:
    """What was looked at for one role, and what there is since.

    Attributes
    ----------
    name : str
    considered : list of Considered
    newer : int
        Candidates that fit and have come since.
    better : Considered or None
        Of them, what would be taken now.
    """

    name: str
    considered: list[Considered]
    newer: int = 0
    better: Considered | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The choices of a process.

    Attributes
    ----------
    key, recipe, version, association, rules, main : str
        Of the process; by which rule of which rules it was planned.
    batch, planned : str
        In which batch, and when.
    roles : list of Role
    warnings : list of str
    differs : list of str
        Where the choice made again is not what was used; empty when it is.
    changed : list of str
        Which of its inputs have gone out of use since.
    """

    key: str
    recipe: str
    version: str
    association: str
    rules: str
    main: str
    batch: str
    planned: str
    roles: list[Role]
    warnings: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def why(engine: Engine, settings: Settings, name: str, role: str = "") -> Why:
    """Explain the inputs of a process.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str
        Beginning of the process's key, or one of its products: frame id, file, content id.
    role : str
        Only this input; empty for all.

    Returns
    -------
    Why

    Raises
    ------
    CatalogueError
        No such process or product.
    UsageError
        Kind ``unknown-role``.
    PlanError
        Kind ``plan-file``: its plan is gone, or does not say by which rules it was made.
    """
    with engine.connect() as connection:
        process = find(connection, name, settings.user)
        places = plans_of(connection, process["process_id"], viewer=settings.user)
        told: list[Why] = []
        trouble: CobrexError | None = None
        # what stands in a later plan was chosen in an earlier one
        for place in [*places[:1], *reversed(places[1:])]:
            try:
                one = _Again(connection, settings, place, process["key"]).why(role)
            except PlanError as error:
                trouble = error
                continue
            if not one.differs:
                return one
            told.append(one)
    if not told:
        raise trouble or PlanError(
            f"process {process['key'][:8]} is in no plan that you may see",
            hint="it was planned in another workspace, or came with records from elsewhere: "
            "`cobrex process show` tells its inputs",
            kind="plan-file",
        )
    return told[0]


def find(connection: Connection, name: str, viewer: str) -> dict[str, Any]:
    """Return the process of a key, or of a product.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    name : str
    viewer : str
        Who asks.

    Returns
    -------
    dict

    Raises
    ------
    CatalogueError
        Kinds ``unknown-process``, ``ambiguous-process``, ``not-made``.
    """
    try:
        return processes.by_key(connection, name, viewer=viewer)
    except CatalogueError as error:
        if error.kind != "unknown-process":
            raise
    try:
        frame_id = frame_lookup.frame_by(connection, name, viewer=viewer)
    except CatalogueError as error:
        if error.kind != "unknown-frame":
            raise
        raise CatalogueError(
            f"no process and no product is called {name!r}",
            hint="give the beginning of a key (`cobrex process list`), or a product's file or id",
            kind="unknown-process",
        ) from None
    made = candidates.maker_of(connection, frame_id)
    if made is None:
        raise CatalogueError(
            f"frame {frame_id} was made by no process of this catalogue",
            hint="`cobrex show` tells where it comes from",
            kind="not-made",
        )
    return processes.by_key(connection, made, viewer=viewer)


@dataclass(slots=True)
class _Again:
    """A process of a plan, organised once more."""

    connection: Connection
    settings: Settings
    place: PlanPlace
    key: str

    def why(self, role: str) -> Why:
        plan = PlanFile(self.settings.store / self.place.path)
        try:
            return self._why(plan, role)
        finally:
            plan.close()

    def _read(self, plan: PlanFile) -> tuple[Basis, PlannedProcess, Signature]:
        """Read what is written of the process; the file may have been damaged."""
        try:
            basis = read_basis(plan.meta, str(plan.path), COLUMNS | instruments.load().columns)
            process, _ = plan.process(self.key)
            signature = plan.signature(self.key)
            if signature is None or signature[0] not in basis.needs or "main" not in process.labels:
                raise KeyError(self.key)
        except (LookupError, TypeError, ValueError, AttributeError, sqlite3.Error):
            raise PlanError(
                f"{plan.path} does not hold process {self.key[:8]}, or is damaged",
                hint="repeat the `cobrex reduce` it comes from",
                kind="plan-file",
            ) from None
        return basis, process, signature

    def _why(self, plan: PlanFile, role: str) -> Why:
        basis, process, signature = self._read(plan)
        roles = [need.role for need in basis.needs[signature[0]]]
        if role and role not in roles:
            raise UsageError(
                f"{process.recipe.name.removeprefix('main/')} has no input {role!r}",
                hint=f"its inputs are {', '.join(roles)}",
                kind="unknown-role",
            )
        planned = AsPlanned(self.connection, basis, signature, process.inputs)
        then, now = planned.organised(plan.frames_used()), planned.organised(None)
        shown = [role] if role else roles
        return Why(
            self.key,
            process.recipe.name.removeprefix("main/"),
            process.recipe.version,
            process.association,
            basis.associations[signature[0]].rules,
            str(process.labels["main"]),
            self.place.batch,
            basis.planned,
            [self._role(name, then, now, basis.horizon) for name in shown],
            warnings=list(process.warnings),
            differs=_differs(plan, process.inputs, then[1]),
            changed=_changed(planned.rows, process.inputs),
        )

    def _role(
        self,
        name: str,
        then: Organised,
        now: Organised,
        horizon: int,
    ) -> Role:
        if then[1] is None:
            raise PlanError(
                f"main frames of process {self.key[:8]} are no longer in the catalogue",
                hint="`cobrex process show` tells what it was made of",
                kind="plan-file",
            )
        considered = explain(then[0], then[1], name)
        if now[1] is None:
            return Role(name, considered)
        fresh = [one for one in explain(now[0], now[1], name) if _newest(one.frame) > horizon]
        better = next((one for one in fresh if one.chosen), None)
        return Role(name, considered, sum(one.level is not None for one in fresh), better)


def _changed(rows: Iterable[Mapping[str, Any]], inputs: Iterable[PlannedInput]) -> list[str]:
    """Inputs that are out of use by now."""
    there = {row["frame_id"]: row for row in rows}
    found = []
    for one in inputs:
        row = there.get(one.frame_id)
        if row is not None and not is_usable(row):
            what = row["state"] if row["state"] != "present" else "failed"
            found.append(f"{one.role}: {row['archive_name'] or row['frame_id']} is {what} now")
    return found


def _newest(frame: PlanFrame) -> int:
    """Greatest id of the catalogued frames that a frame is, or is to be made from."""
    if frame.maker is None:
        return frame.frame_id
    return max(_newest(f) for f in frame.maker.main)


def _differs(plan: PlanFile, inputs: Iterable[PlannedInput], draft: Draft | None) -> list[str]:
    """Say for each role where the choice made again is another one than is written."""
    written: dict[str, set[Any]] = {}
    again: dict[str, set[Any]] = {}
    for one in inputs:
        made_by = plan.signature(one.producer) if one.producer else None
        what = one.frame_id if made_by is None else (made_by, one.producer_role)
        written.setdefault(one.role, set()).add(what)
    for chosen in draft.chosen if draft else ():
        again.setdefault(chosen.role, set()).add(chosen.frame.identity)
    return [
        f"{role}: {len(written.get(role, set()) - again.get(role, set()))} of what was used "
        "would not be chosen by these rules from what was there"
        for role in sorted(written.keys() | again.keys())
        if written.get(role) != again.get(role)
    ]
