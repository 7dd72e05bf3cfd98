"""The report of a batch, from what the catalogue and the store hold of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.plan.collector import paused
from cobrex.process.record import Record
from cobrex.records.read import glance
from cobrex.report.collect import how_many
from cobrex.report.entry import rank_of
from cobrex.report.listing import write_listing
from cobrex.report.render import write_report
from cobrex.settings import Settings
from cobrex_db.batch_story import batch_by_name

if TYPE_CHECKING:
    from sqlalchemy import Engine

Member = Mapping[str, Any]
MOST_READ = 5_000
_FEW_INPUTS = 20


@paused()
def report(
    engine: Engine, settings: Settings, name: str | None, *, home: Path, pages: int | None = None
) -> Path:
    """Write the report of a batch, also when some of its processes failed.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    name : str or None
        The latest batch when None.
    home : pathlib.Path
        Content folder with the report's style.
    pages : int, optional
        Most pages of processes, as `cobrex.report.collect.how_many` takes it.

    Returns
    -------
    pathlib.Path
        ``processes.csv`` beside it lists all; of more than `MOST_READ` processes the report shows
        those that most want a look, of each recipe alike, the latest first.

    Raises
    ------
    CatalogueError
        Kind ``unknown-batch``.
    """
    with engine.connect() as connection:
        batch = batch_by_name(connection, name, viewer=settings.user)
    folder = settings.store / batch["folder"]
    folder.mkdir(parents=True, exist_ok=True)
    members = batch["members"]
    write_listing(folder, members)
    chosen = most_wanted([m for m in members if m["folder"]])[:MOST_READ]
    shown = {m["process_id"] for m in chosen}
    whole = how_many(map(_status, chosen), pages)
    return write_report(
        folder,
        _records(settings.store, chosen, whole),
        gaps=batch["gaps"],
        title=batch["name"],
        home=home,
        pages=pages,
        others=Counter(_status(m) for m in members if m["process_id"] not in shown),
    )


def most_wanted(members: Sequence[Member]) -> list[Member]:
    """Put first what most wants a look; of what is alike some of each recipe, the latest first.

    Parameters
    ----------
    members : sequence of mapping
        ``process_id recipe state verdict`` of each.

    Returns
    -------
    list of mapping
    """
    alike: Counter[tuple[int, str]] = Counter()
    placed = []
    for member in sorted(members, key=lambda m: -m["process_id"]):
        kind = rank_of(_status(member)), member["recipe"]
        alike[kind] += 1
        placed.append((kind[0], alike[kind], member))
    return [member for *_, member in sorted(placed, key=lambda one: one[:2])]


def _status(member: Member) -> str:
    there = member["state"] in {"done", "reused"}
    return str(member["verdict"] or "done") if there else str(member["state"])


def _records(store: Path, members: Sequence[Member], whole: int) -> Iterator[tuple[Record, Path]]:
    """Records with their folders, one at a time; of many only the first have all their inputs."""
    for place, member in enumerate(members):
        folder = store / member["folder"]
        record = glance(folder)
        if record is not None:
            if place >= whole:
                record["used"] = record.get("used", [])[:_FEW_INPUTS]
            yield record, folder
