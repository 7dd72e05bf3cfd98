"""Whether what was made is still there: the catalogue knows the names, the disk is looked at."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cobrex_db.process_parts import product_files
from cobrex_db.processes import Known

if TYPE_CHECKING:
    from sqlalchemy import Engine


class OnDisk:
    """Tells whether all that a known process made is there.

    Records are not read for it: of ten thousand processes that would take a second.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    store : pathlib.Path
    """

    def __init__(self, engine: Engine, store: Path) -> None:
        self.engine = engine
        self.store = store
        self._files: dict[int, list[str]] = {}

    def learn(self, processes: Iterable[Known]) -> None:
        """Ask the catalogue for the files of many processes at once."""
        files = self._files
        new = {k.attempt_id for k in processes if k.made and k.attempt_id not in files}
        if new:
            with self.engine.connect() as connection:
                found = product_files(connection, new)
            files.update((attempt_id, found.get(attempt_id, [])) for attempt_id in new)

    def __call__(self, known: Known) -> bool:
        """Tell whether record and products of a process are there."""
        if not known.made:
            return False
        if known.attempt_id not in self._files:
            self.learn([known])
        folder = f"{self.store}/{known.folder}"
        names = ("record.json", *self._files[known.attempt_id])
        return all(os.path.isfile(f"{folder}/{name}") for name in names)  # noqa: PTH113 of thousands
