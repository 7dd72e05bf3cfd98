"""The report of a batch, from what the catalogue and the store hold of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cobrex.process.record import Record
from cobrex.report.render import write_report
from cobrex.settings import Settings
from cobrex_db.batch_story import batch_by_name

if TYPE_CHECKING:
    from sqlalchemy import Engine


def report(engine: Engine, settings: Settings, name: str | None, *, home: Path) -> Path:
    """Write the report of a batch, also when some of its processes failed.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str or None
        The latest batch when None.
    home : pathlib.Path
        Content folder with the report's rules.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    CatalogueError
        Kind ``unknown-batch``.
    """
    with engine.connect() as connection:
        batch = batch_by_name(connection, name, viewer=settings.user)
    last = max((m["round"] for m in batch["members"]), default=0)
    folders = [
        settings.store / m["folder"]
        for m in batch["members"]
        # what was only blocked in an earlier round was planned otherwise then
        if m["folder"] and (m["round"] == last or m["state"] != "blocked")
    ]
    folder = settings.store / batch["folder"]
    folder.mkdir(parents=True, exist_ok=True)
    return write_report(
        folder,
        [(r, f) for f in folders if (r := read(f)) is not None],
        gaps=batch["gaps"],
        title=batch["name"],
        home=home,
    )


def read(folder: Path) -> Record | None:
    """Return the record in a folder; None when it is gone."""
    try:
        record: Record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record
