"""Applies newer rules to frames that older ones classified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, select

from .describe import redescribe
from .engine import transact
from .errors import CatalogueError
from .fits_blocks import read_head
from .fits_cards import parse_cards
from .frame_lookup import all_paths_of
from .instrument import Classified, Instruments
from .rejection import RejectionError
from .schema import frame, frame_type

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Change:
    """A frame whose type is another one now."""

    frame_id: int
    archive_name: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A frame that stays as it is, and why."""

    frame_id: int
    archive_name: str | None
    reason: str


@dataclass(slots=True)
class Reclassification:
    """What was done.

    Attributes
    ----------
    done : int
        Frames that have the newer classification now.
    changed : list of Change
        Those of them whose type or kind is another one.
    kept : list of Kept
        Frames whose header could not be read again.
    """

    done: int = 0
    changed: list[Change] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


def reclassify(
    engine: Engine,
    instruments: Instruments,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Reclassification:
    """Classify anew every frame that other rules classified.

    Headers are read again; supplied values keep applying. Products of processes are left
    alone: their recipe says what they are.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    instruments : Instruments
        The newer rules.
    dry_run : bool
        Only say what would change.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Reclassification
    """
    result = Reclassification()
    with engine.connect() as connection:
        total = connection.scalar(_stale(instruments, func.count())) or 0
    last = seen = 0
    while True:
        with engine.connect() as connection:
            rows = connection.execute(_page(instruments, last)).all()
            places = all_paths_of(connection, [row.frame_id for row in rows])
        if not rows:
            return result
        found = [one for row in rows if (one := _read(row, places, instruments, result))]
        if found and not dry_run:
            transact(engine, partial(_store, instruments=instruments, found=found))
        result.done += len(found)
        seen += len(rows)
        last = rows[-1].frame_id
        if progress is not None:
            progress(seen, max(total, seen))


def _stale(instruments: Instruments, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(frame)
        .join(frame_type, frame_type.c.frame_type_id == frame.c.frame_type_id)
        .where(
            frame.c.classification.not_in(sorted(instruments.classifications)),
            frame.c.process_id.is_(None),
            frame.c.state == "present",
        )
    )


def _page(instruments: Instruments, last: int) -> Select[Any]:
    f = frame.c
    columns = (f.frame_id, f.archive_name, f.header_id, f.kind, f.supplied,
               frame_type.c.name.label("frame_type"))  # fmt: skip
    page = _stale(instruments, *columns).where(f.frame_id > last)
    return page.order_by(f.frame_id).limit(_BATCH)


Found = tuple[int, Classified, Mapping[str, Any] | None]


def _read(
    row: Row[Any],
    places: Mapping[int, list[Path]],
    instruments: Instruments,
    result: Reclassification,
) -> Found | None:
    """Return what a frame is by the newer rules; None, with the reason noted, when unknown."""
    reason = "no file of it is on this host"
    for path in places.get(row.frame_id, ()):
        try:
            head = read_head(path)
            if row.header_id is not None and head.header_id != row.header_id:
                reason = f"{path} changed since it was imported: import it again"
                continue
            given = {key: one["value"] for key, one in (row.supplied or {}).items()}
            now = instruments.classify(parse_cards(head.header, instruments.wanted), given)
        except (RejectionError, CatalogueError) as error:
            reason = f"{path}: {error}"
            continue
        if (now.frame_type, now.kind) != (row.frame_type, row.kind):
            result.changed.append(
                Change(row.frame_id, row.archive_name, row.frame_type, now.frame_type)
            )
        return row.frame_id, now, row.supplied
    result.kept.append(Kept(row.frame_id, row.archive_name, reason))
    return None


def _store(connection: Connection, instruments: Instruments, found: list[Found]) -> None:
    redescribe(connection, found)
    describe_types(connection, instruments)


def describe_types(connection: Connection, instruments: Instruments) -> None:
    """Give frame types their descriptions, where these are missing or older.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    instruments : Instruments
    """
    rows = connection.execute(select(frame_type.c.name, frame_type.c.description)).all()
    for name, description in rows:
        text = instruments.frame_types.get(name, description)
        if text != description:
            connection.execute(
                frame_type.update().where(frame_type.c.name == name).values(description=text)
            )
