"""Looks whether catalogued files are still there; nothing is ever dropped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, Select, bindparam, func, select, update

from . import schema as s
from .engine import ask, transact
from .roots import root_paths

_CHUNK = 5_000


class Absent(NamedTuple):
    """A file that is not as it was: path, frame, ``missing`` or ``changed``."""

    path: str
    frame_id: int
    state: str


@dataclass(slots=True)
class PresenceReport:
    """What a check found.

    Attributes
    ----------
    present : int
        Files as they were.
    absent : list of Absent
        Files that are missing or changed.
    back : int
        Files that were missing or changed at the last check and are as they were again.
    unreachable : list of (str, int)
        Roots whose folder is not there, and how many files they have; these are not judged.
    elsewhere : int
        Files of roots that have no folder on this host.
    """

    present: int = 0
    absent: list[Absent] = field(default_factory=list)
    back: int = 0
    unreachable: list[tuple[str, int]] = field(default_factory=list)
    elsewhere: int = 0


class _Row(NamedTuple):
    file_id: int
    path: str
    frame_id: int
    size_bytes: int
    mtime_ns: int
    state: str


def check_files(
    engine: Engine, progress: Callable[[int, int], None] | None = None
) -> PresenceReport:
    """Look for every catalogued file on this host and mark what is missing or changed.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    PresenceReport
    """
    report = PresenceReport()
    roots, counts = ask(engine, _overview)
    total, done = sum(counts.values()), 0
    for root_id, count in sorted(counts.items()):
        folder = roots.get(root_id)
        if folder is None:
            report.elsewhere += count
        elif not folder.is_dir():
            report.unreachable.append((str(folder), count))
        else:
            for rows in _pages(engine, root_id):
                _check(engine, str(folder), rows, report)
                done += len(rows)
                if progress is not None:
                    progress(done, total)
    return report


def _overview(connection: Connection) -> tuple[dict[int, Path], dict[int, int]]:
    f = s.file.c
    counts = connection.execute(select(f.root_id, func.count()).group_by(f.root_id))
    return root_paths(connection), dict(counts.tuples().all())


def _pages(engine: Engine, root_id: int) -> Iterator[list[_Row]]:
    f = s.file.c
    last = 0
    columns = (f.file_id, f.path, f.frame_id, f.size_bytes, f.mtime_ns, f.state)
    query = select(*columns).where(f.root_id == root_id).order_by(f.file_id).limit(_CHUNK)
    while True:
        page = query.where(f.file_id > last)
        rows = [_Row(*row) for row in ask(engine, partial(_all, page))]
        if not rows:
            return
        yield rows
        last = rows[-1].file_id


def _all(query: Select[Any], connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(query).all()


def _check(engine: Engine, root: str, rows: list[_Row], report: PresenceReport) -> None:
    marks = []
    for row in rows:
        path = f"{root}/{row.path}"
        state = _state(path, row)
        if state == "present":
            report.present += 1
            report.back += row.state != state
        else:
            report.absent.append(Absent(path, row.frame_id, state))
        if state != row.state:
            marks.append({"the_id": row.file_id, "state": state})
    if marks:
        mark = update(s.file).where(s.file.c.file_id == bindparam("the_id"))
        transact(engine, lambda c: c.execute(mark, marks))


def _state(path: str, row: _Row) -> str:
    try:
        stat = os.stat(path)  # noqa: PTH116 no Path for each of a million files
    except OSError:
        return "missing"
    same = (stat.st_size, stat.st_mtime_ns) == (row.size_bytes, row.mtime_ns)
    return "present" if same else "changed"
