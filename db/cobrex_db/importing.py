"""Takes FITS files into the catalogue where they lie."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from . import schema as s
from .content_id import content_id
from .engine import transact
from .errors import CatalogueError
from .identify import Decision, HashesNeededError, decide
from .instrument import UNCLASSIFIED, Instruments
from .people import user_id, utc_now
from .reading import Read, Reader, Supplier
from .recording import Call, record, share
from .rejection import RejectionError
from .rejects import OpenRejects
from .roots import new_root, root_paths
from .survey import Survey, Unread, whole
from .walk import MAX_PATH, printable
from .workspaces import enter

CHUNK = 500
# MariaDB's TEXT has 65,535 bytes
_MAX_SOURCE = 15_000
Progress = Callable[[int, int], None]


class Reject(NamedTuple):
    """A file that was not taken: path, stable kind, reason, and the cure where there is one."""

    path: str
    kind: str
    reason: str
    hint: str = ""


@dataclass(slots=True)
class ImportSummary:
    """What an import did.

    Attributes
    ----------
    new, unchanged, moved, copied, changed : int
        Files; `new` and `changed` made a frame each, `copied` are further files of known frames.
    described : int
        Known frames described anew, because other values were supplied.
    skipped : int
        Side files.
    by_type : collections.Counter
        New and changed frames by frame type.
    rejects : list of Reject
    """

    new: int = 0
    unchanged: int = 0
    moved: int = 0
    copied: int = 0
    changed: int = 0
    described: int = 0
    skipped: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)


def import_paths(
    engine: Engine,
    paths: Iterable[str | Path],
    instruments: Instruments,
    *,
    user: str,
    workspace: str,
    supplied: Supplier | None = None,
    checksum: bool = False,
    progress: Progress | None = None,
) -> ImportSummary:
    """Take files, and all under folders, into the catalogue.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        From `cobrex_db.engine.open_catalogue`.
    paths : iterable of str or pathlib.Path
        Files and folders.
    instruments : Instruments
        Classify the frames.
    user, workspace : str
        For whom; made when they are not known: a workspace that is new is the user's.
    supplied : Supplier, optional
        Values a person supplies for a file, by side-car or option.
    checksum : bool
        Hash every content instead of what must be decided only.
    progress : callable, optional
        Called with (done, total) files to read.

    Returns
    -------
    ImportSummary

    Raises
    ------
    CatalogueError
        When the database is away; kinds ``name``, ``no-access``, ``workspace-name`` of
        `cobrex_db.workspaces.enter`. A file never stops an import.

    Notes
    -----
    Every five hundred files are one transaction: killed at any instant, an import leaves whole
    frames, and the next one goes on.
    """
    tops = whole(paths)
    reader = Reader(instruments, supplied, checksum=checksum)
    begun = transact(engine, lambda c: _begin(c, tops, user, workspace))
    work = _Import(engine, begun, reader)
    pending = work.look(Survey(engine, begun.call, begun.roots, reader), tops)
    for at in range(0, len(pending), CHUNK):
        work.take(pending[at : at + CHUNK])
        if progress is not None:
            progress(min(at + CHUNK, len(pending)), len(pending))
    work.end()
    return work.summary


class _Begun(NamedTuple):
    call: Call
    roots: dict[int, Path]
    rejects: OpenRejects


def _begin(connection: Connection, tops: list[str], user: str, workspace: str) -> _Begun:
    lock(connection)
    _make_roots(connection, tops)
    person, place = user_id(connection, user), enter(connection, user, workspace)
    made = connection.execute(
        insert(s.import_).values(
            user_id=person, workspace_id=place, started=utc_now(),
            source=_source(tops),
        )
    )  # fmt: skip
    call = Call(int(made.inserted_primary_key[0]), person, place)  # type: ignore[index]
    return _Begun(call, root_paths(connection), OpenRejects(connection))


def lock(connection: Connection) -> None:
    """Let one import at a time decide and write, until its transaction ends.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction. SQLite's write transactions exclude each other anyway.
    """
    t = s.frame_type.c
    connection.execute(
        select(t.frame_type_id).where(t.name == UNCLASSIFIED).with_for_update()
    ).all()


def _make_roots(connection: Connection, tops: list[str]) -> None:
    """Make a root of every folder that lies under none."""
    roots = {str(path) for path in root_paths(connection).values()}
    folders = {top if os.path.isdir(top) else os.path.dirname(top) for top in tops}  # noqa: PTH112, PTH120
    for folder in sorted(folders):
        writable = printable(folder) == folder and len(folder) <= MAX_PATH
        above = {folder, *map(str, Path(folder).parents)}
        if writable and roots.isdisjoint(above) and os.path.isdir(folder):  # noqa: PTH112
            new_root(connection, Path(folder))
            roots.add(folder)


def _source(tops: list[str]) -> str:
    """Return the paths asked for, as far as the column takes them."""
    text = "\n".join(printable(top) for top in tops)
    return text if len(text) <= _MAX_SOURCE else f"{text[:_MAX_SOURCE]} ..."


class _Import:
    """One import under way."""

    def __init__(self, engine: Engine, begun: _Begun, reader: Reader) -> None:
        self.summary = ImportSummary()
        self._engine = engine
        self._call = begun.call
        self._roots = begun.roots
        self._rejects = begun.rejects
        self._reader = reader
        self._refused: dict[str, CatalogueError] = {}
        self._unshared: list[int] = []

    def look(self, survey: Survey, tops: list[str]) -> list[Unread]:
        """Return the files that must be read; count the others."""
        pending = survey.files(tops)
        self.summary.skipped = survey.skipped
        self.summary.unchanged = survey.unchanged
        self._unshared = survey.unshared
        for path, error in survey.refused:
            self._refuse(path, error)
        return pending

    def take(self, pending: list[Unread]) -> None:
        """Read, decide and record some files."""
        reads = [read for one in pending if (read := self._read(one)) is not None]
        self._record(reads)

    def _read(self, one: Unread) -> Read | None:
        try:
            return self._reader.read(one.path, one.root_id, one.relative, time.time_ns())
        except CatalogueError as error:
            self._refuse(one.path, error)
        return None

    def _record(self, reads: list[Read]) -> None:
        try:
            decisions, described = self._decided(reads)
        except (DataError, IntegrityError) as error:
            self._split(reads, error)
            return
        self.summary.described += described
        for decision in decisions:
            setattr(self.summary, decision.verdict, getattr(self.summary, decision.verdict) + 1)
            if decision.frame.first is decision.read:
                self.summary.by_type[decision.read.classified.frame_type] += 1

    def _decided(self, reads: list[Read]) -> tuple[list[Decision], int]:
        hashes: dict[str, str | None] = {}
        while True:
            try:
                return transact(self._engine, lambda c: self._write(c, reads, hashes))
            except HashesNeededError as needed:
                hashes.update(self._hash(needed.paths, reads))

    def _write(
        self, connection: Connection, reads: list[Read], hashes: dict[str, str | None]
    ) -> tuple[list[Decision], int]:
        lock(connection)
        decisions, learnt = decide(connection, reads, hashes, self._roots)
        described = record(connection, self._call, decisions, learnt, self._reader)
        self._rejects.resolve(connection, [read.path for read in reads])
        return decisions, described

    def _hash(self, paths: set[str], reads: list[Read]) -> dict[str, str | None]:
        """Hash contents; a file of this import that cannot be read to its end is rejected."""
        found: dict[str, str | None] = {}
        for path in sorted(paths):
            try:
                found[path] = content_id(path)
            except CatalogueError as error:
                found[path] = None
                mine = next((read for read in reads if read.path == path), None)
                if mine is not None:
                    reads.remove(mine)
                    self._refuse(path, error)
        return found

    def _split(self, reads: list[Read], error: DBAPIError) -> None:
        """Find the frame that the database refuses, and take the others."""
        if len(reads) == 1:
            reason = RejectionError("unrecordable", f"the database refuses it: {error.orig}")
            self._refuse(reads[0].path, reason)
            return
        half = len(reads) // 2
        self._record(reads[:half])
        self._record(reads[half:])

    def _refuse(self, path: str, error: CatalogueError) -> None:
        path = printable(path)
        self._refused[path] = error
        self.summary.rejects.append(Reject(path, error.kind, error.message, error.hint))

    def end(self) -> None:
        """Write what remains: rejects, who has the unchanged frames too, the time."""
        transact(self._engine, self._close)

    def _close(self, connection: Connection) -> None:
        lock(connection)
        self._rejects.note(connection, self._call.import_id, self._refused)
        share(connection, self._call, self._unshared)
        i = s.import_
        connection.execute(
            update(i).where(i.c.import_id == self._call.import_id).values(ended=utc_now())
        )
