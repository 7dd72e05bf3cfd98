"""What running batches need, as their plans tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cobrex.batch.locks import FILE
from cobrex.plan.file import PlanFile
from cobrex.settings import Settings
from cobrex_db import batches, in_use

from .item import Item

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(slots=True)
class Running:
    """What running batches need.

    Attributes
    ----------
    frames : set of int
        Catalogued inputs: frame ids.
    environments : set of str
        Digests.
    folders : set of str
        Names of the folders of versions in the cache.
    locks : list of pathlib.Path
        Lock files.
    batches : set of str
        Their names.
    """

    frames: set[int] = field(default_factory=set)
    environments: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    locks: list[Path] = field(default_factory=list)
    batches: set[str] = field(default_factory=set)

    def needs(self, item: Item) -> bool:
        """Tell whether a thing that is no attempt is needed."""
        held = {
            "environments": self.environments,
            "versions": self.folders,
            "batches": self.batches,
        }
        return item.name in held.get(item.kind, ())


def read(engine: Engine, settings: Settings) -> Running:
    """Read the plans of the batches that run.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings

    Returns
    -------
    Running

    Raises
    ------
    PlanError
        Kind ``plan-file``: one is damaged, so that it cannot be told what may go.
    """
    found = Running()
    with engine.connect() as connection:
        places = in_use.running_plans(connection)
        found.batches = set(batches.running(connection))
    for folder, plan in places:
        path = settings.batches / Path(folder).name / Path(plan).name
        if path.is_file():
            _add(found, path)
        if (lock := path.with_name(FILE)).is_file() and lock not in found.locks:
            found.locks.append(lock)
    return found


def _add(found: Running, path: Path) -> None:
    plan = PlanFile(path)
    try:
        found.frames |= plan.frames_used()
        for use in plan.recipes.values():
            found.environments.add(str(use.environment["digest"]))
            found.folders.add(Path(use.folder).name)
    finally:
        plan.close()
