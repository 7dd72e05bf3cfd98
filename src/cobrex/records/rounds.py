"""Rounds of batches put back: their plans, with the numbers that frames have now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.plan.file import PlanFile
from cobrex.plan.model import PlannedProcess
from cobrex.plan.renumber import numbered, renumber
from cobrex.settings import Settings
from cobrex_db import batch_rows, candidates
from cobrex_db import rebuild as rows

from . import batch_file
from .order import Event
from .read import moment

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(slots=True)
class Rounds:
    """The rounds of a store.

    Attributes
    ----------
    settings : Settings
    outcomes : mapping of (str, int) to str
        Of all attempts there are.
    """

    settings: Settings
    outcomes: Mapping[tuple[str, int], str]
    _numbers: dict[str, dict[int, str]] = field(default_factory=dict)

    def events(
        self, batches: Iterable[Mapping[str, Any]], there: Mapping[str, set[int]]
    ) -> list[Event]:
        """Return what is to be put back.

        Parameters
        ----------
        batches : iterable of mapping
            As `batch_file.read` gives them.
        there : mapping of str to set of int
            Rounds the catalogue has, by batch.

        Returns
        -------
        list of Event
            Each with the batch's name and the round.
        """
        return [
            Event(
                moment(one["started"]),
                ("round", batch["name"], f"{one['number']:09d}"),
                (("round", batch["name"], f"{one['number'] - 1:09d}"),),
                (batch["name"], one),
            )
            for batch in batches
            for one in batch["rounds"]
            if one["number"] not in there.get(batch["name"], ())
        ]

    def take(self, connection: Connection, what: tuple[str, Mapping[str, Any]]) -> None:
        """Put a round back.

        Parameters
        ----------
        connection : sqlalchemy.Connection
        what : (str, mapping)
            Name of the batch, and the round.

        Raises
        ------
        CatalogueError
            Kind ``record``: its plan is damaged.
        """
        name, values = what
        try:
            self._take(connection, name, dict(values))
        except batch_file.DAMAGED as error:
            raise rows.refusal(f"round {values['number']}: {error}") from error

    def _take(self, connection: Connection, name: str, values: dict[str, Any]) -> None:
        folder = self.settings.batches / name
        path = folder / f"plan-{values['number']}.sqlite"
        if not path.is_file():  # cleaned away: the members that have records
            batch_rows.restore_round(connection, name, values, path.name)
            return
        numbers = self._numbers_here(connection, folder, path)
        with closing(PlanFile(path)) as plan:
            members = [plan.process(key) for key in plan.members(wanted=False)]
            planned = [process for process, _ in members]
            rows.ensure_processes(connection, _rows(connection, planned, values, numbers))
            if not values["members"]:
                values["members"] = [
                    [p.key, self._state(plan, p.key, attempt), p.level, *(None,) * 5]
                    for p, attempt in members
                ]
        batch_rows.restore_round(connection, name, values, _here(connection, path, numbers))

    def _state(self, plan: PlanFile, key: str, attempt: int) -> str:
        if not plan.is_wanted(key):
            return "reused"
        return self.outcomes.get((key, attempt), "waiting")

    def _numbers_here(self, connection: Connection, folder: Path, path: Path) -> dict[int, int]:
        """New numbers of frames by old ones: of this plan, else of the batch's other plans."""
        known: dict[int, str] = {}
        for other in [path, *batch_file.plans(folder).values()]:
            if str(other) not in self._numbers:
                self._numbers[str(other)] = numbered(other)
            known = {**self._numbers[str(other)], **known}
        frames = rows.frames_of(connection, known.values())
        return {old: frames[content] for old, content in known.items() if content in frames}


def _rows(
    connection: Connection,
    planned: Sequence[PlannedProcess],
    values: Mapping[str, Any],
    numbers: Mapping[int, int],
) -> list[dict[str, Any]]:
    asked = [
        ([numbers[i] for i in p.main_frames if i in numbers], p.labels["star"]) for p in planned
    ]
    stars = rows.stars_of(connection, asked)
    created = moment(values["started"])
    return [
        {
            "key": p.key,
            "recipe": p.recipe.name,
            "version": p.recipe.version,
            "code_hash": p.recipe.code_hash,
            "environment_digest": p.recipe.environment["digest"],
            "parameters": dict(p.recipe.parameters),
            "series": p.series,
            "star_id": star,
            "night": date.fromisoformat(p.labels["night"]) if p.labels["night"] else None,
            "preset": p.recipe.preset,
            "association": p.association,
            "created": created,
        }
        for p, star in zip(planned, stars, strict=True)
    ]


def _here(connection: Connection, path: Path, numbers: Mapping[int, int]) -> str:
    """Name of the plan that numbers frames as the catalogue does; written when it is not there."""
    used = numbered(path)
    if all(numbers.get(old) == old for old in used):
        return path.name
    target = path.with_name(f"{path.stem}.renumbered.sqlite")
    renumber(path, target, numbers, candidates.horizon(connection))
    return target.name
