"""What stands: an earlier answer to the same question is used until somebody asks for a better."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.plan.identity import digest
from cobrex.plan.model import PlannedInput, PlannedProcess
from cobrex_db import locate, processes, series
from cobrex_db.series import Member

from .request import Request

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Stale:
    """A process that is used though a better one can be made.

    Attributes
    ----------
    key : str
    series : str
    better : str
        Key of what ``--refresh`` makes.
    recipe, main : str
    differs : tuple of str
        ``role: old -> new``.
    """

    key: str
    series: str
    better: str
    recipe: str
    main: str
    differs: tuple[str, ...]

    @property
    def why(self) -> str:
        """What differs, in one line."""
        return "better inputs: " + "; ".join(self.differs)


@dataclass(slots=True)
class Standing:
    """Gives planned processes the place of what stands.

    Attributes
    ----------
    engine : sqlalchemy.Engine
    recipes : collection of str
        ``namespace/name`` of all that may be planned.
    request : Request
    asked : collection of str
        Associations of what is asked for: with ``--force`` nothing stands there.
    there : callable
        Tells whether all that a known process made is still there.
    refused : collection of str
        Keys of what fails by the ranges in force.
    stale : dict of str to Stale
        By key of what stands.
    exact : set of str
        Series of which nothing better is known.
    """

    engine: Engine
    recipes: Collection[str]
    request: Request
    asked: Collection[str]
    there: Callable[[processes.Known], bool]
    refused: Collection[str] = ()
    stale: dict[str, Stale] = field(default_factory=dict)
    exact: set[str] = field(default_factory=set)
    _keys: set[str] = field(default_factory=set)
    _series: dict[str, list[Member]] | None = None

    def __call__(self, process: PlannedProcess) -> PlannedProcess | None:
        """Return what stands in the place of a process; None when nothing does."""
        members = self._members().get(process.series)
        if process.key in self._keys:
            self.exact.add(process.series)
            return None
        if not members or self._is_wanted(process):
            return None
        for one in members:
            if self._is_alike(one, process) and (found := self._stand(process, one)):
                return found
        return None

    def _members(self) -> Mapping[str, list[Member]]:
        if self._series is None:
            found: dict[str, list[Member]] = {}
            with self.engine.connect() as connection:
                members = series.members(connection, self.recipes)
                self._keys |= series.cleaned(connection, self.recipes)
            for one in members:
                if one.key not in self.refused:
                    self._keys.add(one.key)
                    found.setdefault(one.series, []).append(one)
            self._series = found
        return self._series

    def _is_wanted(self, process: PlannedProcess) -> bool:
        """Somebody asked for just this; a lock says which versions made the inputs, too."""
        request = self.request
        return (
            request.refresh
            or (request.lock is not None and not request.resumed)
            or process.association in request.changes
            or (request.force and process.association in self.asked)
            or any(i.source == "pin" for i in process.inputs)
            or any(p.association == process.association for p in request.pins if not p.contents)
        )

    def _is_alike(self, one: Member, process: PlannedProcess) -> bool:
        recipe = process.recipe
        return (
            one.code_hash == recipe.code_hash
            and one.environment_digest == recipe.environment["digest"]
        )

    def _stand(self, process: PlannedProcess, one: Member) -> PlannedProcess | None:
        with self.engine.connect() as connection:
            made = series.made_of(connection, one.process_id)
            known = processes.known(connection, [one.key, process.key])
        if digest(made["parameters"]) != digest(dict(process.recipe.parameters)):
            return None
        if one.key not in known or not self.there(known[one.key]):
            return None
        better = known.get(process.key)
        if better is None or better.verdict != "fail":
            self.stale[one.key] = Stale(
                one.key, process.series, process.key, process.association,
                str(process.labels["main"]), tuple(_differs(made["inputs"], process.inputs)),
            )  # fmt: skip
        return replace(process, key=one.key, inputs=self._inputs(made["inputs"]))

    def _inputs(self, rows: Sequence[Mapping[str, Any]]) -> tuple[PlannedInput, ...]:
        """What it was made of, where that lies now; it is not made again from it."""
        ids = [row["frame_id"] for row in rows if row["frame_id"] is not None]
        places = locate.locate(self.engine, ids)
        return tuple(
            PlannedInput(
                row["role"], row["frame_type"], row["content_id"], row["why"] or "",
                frame_id=row["frame_id"],
                path=places[row["frame_id"]][0] if row["frame_id"] in places else "",
                level=row["level"], delta_d=row["delta_d"], source=row["source"] or "",
            )
            for row in rows
        )  # fmt: skip


def _differs(old: Sequence[Mapping[str, Any]], new: Sequence[PlannedInput]) -> list[str]:
    """Say for each role what was used, and what would be."""
    roles = dict.fromkeys([*(row["role"] for row in old), *(i.role for i in new)])
    found = []
    for role in roles:
        was = {row["content_id"]: row for row in old if row["role"] == role}
        will = {i.content_id: i for i in new if i.role == role}
        if was.keys() != will.keys():
            before = ", ".join(_was(was[c]) for c in was if c not in will) or "fewer"
            after = ", ".join(_will(will[c]) for c in will if c not in was) or "fewer"
            found.append(f"{role}: {before} -> {after}")
    return found


def _was(row: Mapping[str, Any]) -> str:
    name = f"of {row['maker_key'][:8]}" if row["maker_key"] else row["archive_name"]
    return (name or row["content_id"][:8]) + _how(row["level"], row["delta_d"])


def _will(one: PlannedInput) -> str:
    name = f"of {one.producer[:8]}" if one.producer else Path(one.path or "").name
    return name + _how(one.level, one.delta_d)


def _how(level: int | None, delta_d: float | None) -> str:
    words = [
        *([f"level {level}"] if level is not None else []),
        *([f"{delta_d:+z.2f} d"] if delta_d is not None else []),
    ]
    return f" ({', '.join(words)})" if words else ""
