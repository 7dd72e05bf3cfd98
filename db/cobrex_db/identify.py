"""Decides which frame a file is: a new one, a known one, moved, copied, or changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, or_, select

from . import schema as s
from .chunks import chunks
from .known import Known, load_files
from .reading import Read

Verdict = Literal["new", "unchanged", "moved", "copied", "changed"]


@dataclass(slots=True)
class Place:
    """A file of a frame, as the catalogue knows it; `path` is None where its root is not here."""

    file_id: int | None
    path: str | None
    identity: tuple[int, int, int, int]
    away: bool = False


@dataclass(slots=True, eq=False)
class Content:
    """A frame, catalogued or about to be (`frame_id` None, `first` describes it)."""

    frame_id: int | None
    header_id: str | None
    content_id: str | None
    state: str = "present"
    supplied: Mapping[str, Any] | None = None
    places: list[Place] = field(default_factory=list)
    former: list[Place] = field(default_factory=list)
    first: Read | None = None


@dataclass(slots=True, eq=False)
class Decision:
    """What a file is.

    Attributes
    ----------
    read : Read
    verdict : str
    frame : Content
        The frame it is of.
    file_id : int or None
        The row that is brought up to date; None for a new one.
    replaced : Content or None
        The frame that was under this name before.
    """

    read: Read
    verdict: Verdict
    frame: Content
    file_id: int | None = None
    replaced: Content | None = None


class HashesNeededError(Exception):
    """Some contents must be hashed before it can be decided."""

    def __init__(self, paths: set[str]) -> None:
        super().__init__(f"{len(paths)} files")
        self.paths = paths


def decide(
    connection: Connection,
    reads: list[Read],
    hashes: Mapping[str, str | None],
    roots: Mapping[int, Path],
) -> tuple[list[Decision], list[Content]]:
    """Decide for some files, in their order.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In the transaction that will record the decisions.
    reads : list of Read
        Each of another path.
    hashes : mapping
        Content id by absolute path, as far as hashed; None when unreadable.
    roots : mapping
        Where roots lie on this host.

    Returns
    -------
    list of Decision
    list of Content
        Catalogued frames of which more is known now: content id, header id, state.

    Raises
    ------
    HashesNeededError
        When it cannot be decided without reading pixels.
    """
    judge = _Judge(connection, reads, hashes, roots)
    decisions = [decision for read in reads if (decision := judge.decide(read)) is not None]
    if judge.needs:
        raise HashesNeededError(judge.needs)
    return decisions, judge.learnt()


class _Judge:
    def __init__(
        self,
        connection: Connection,
        reads: list[Read],
        hashes: Mapping[str, str | None],
        roots: Mapping[int, Path],
    ) -> None:
        self.needs: set[str] = set()
        self._hashes = hashes
        self._roots = {root_id: (str(path), path.is_dir()) for root_id, path in roots.items()}
        self._rows = _rows(connection, reads)
        self._frames = _frames(connection, reads, self._rows.values())
        self._by_header: dict[str, list[Content]] = {}
        self._by_content: dict[str, Content] = {}
        for frame in self._frames.values():
            self._index(frame)
        self._add_places(connection)
        self._noted = {i: _facts(frame) for i, frame in self._frames.items()}

    def learnt(self) -> list[Content]:
        """Return the catalogued frames of which more is known than was noted."""
        return [f for i, f in self._frames.items() if _facts(f) != self._noted[i]]

    def decide(self, read: Read) -> Decision | None:
        row = self._rows.get((read.root_id, read.relative))
        if row is None:
            return self._place(read, None)
        frame = self._frames[row.frame_id]
        same = self._as_before(read, row, frame)
        if same is None:
            return None
        if same:
            self._learn(read, frame)
            return Decision(read, "unchanged", frame, row.file_id)
        found = self._place(read, frame)
        if found is None:
            return None
        frame.former += [p for p in frame.places if p.file_id == row.file_id]
        frame.places = [p for p in frame.places if p.file_id != row.file_id]
        return Decision(read, "changed", found.frame, row.file_id, replaced=frame)

    def _as_before(self, read: Read, row: Known, frame: Content) -> bool | None:
        """Tell whether the frame is still what lies under its name; None when not known yet."""
        if frame.header_id is not None and frame.header_id != read.header_id:
            return False
        if frame.content_id is None:
            # nobody has used these pixels: header, size and time of change must do
            if row.size_bytes != read.size_bytes:
                return False
            if row.mtime_ns == read.mtime_ns:
                return True
            return None if self._content(read) is None else True
        if read.content_id is None and row.settled and _same_stat(read, row):
            return True
        mine = self._content(read)
        return None if mine is None else mine == frame.content_id

    def _place(self, read: Read, without: Content | None) -> Decision | None:
        known = self._by_content.get(read.content_id) if read.content_id else None
        if known is None and read.stamp is None:
            others = [c for c in self._by_header.get(read.header_id, ()) if c is not without]
            if others:
                known = _linked(read, others)
                if known is None:
                    mine = self._content(read)
                    theirs = [self._content_of(c) for c in others]
                    if mine is None or self.needs:
                        return None
                    known = self._same_content(read, mine, others, theirs)
        return self._new(read) if known is None else self._again(read, known, without)

    def _same_content(
        self, read: Read, mine: str, others: list[Content], theirs: list[str | None]
    ) -> Content | None:
        for other, content in zip(others, theirs, strict=True):
            if content == mine:
                other.content_id = mine
                return other
        for other, content in zip(others, theirs, strict=True):
            if content is None and self._adopts(read, other):
                other.content_id = mine
                return other
        return None

    def _adopts(self, read: Read, other: Content) -> bool:
        """Tell whether a frame that was never hashed and has no file left takes this one.

        Nothing was made from it, for what is used is hashed: it can still be said what it is.
        """
        if other.state != "present" or not other.places:
            return False
        if all(self._gone(place) for place in other.places):
            return True
        return any(
            p.away and p.identity[2:] == (read.size_bytes, read.mtime_ns) for p in other.places
        )

    def _new(self, read: Read) -> Decision:
        frame = Content(None, read.header_id, read.content_id, first=read)
        self._index(frame)
        frame.places.append(_place_of(read))
        return Decision(read, "new", frame)

    def _again(self, read: Read, frame: Content, without: Content | None) -> Decision:
        self._learn(read, frame)
        gone = [p for p in frame.places if p.file_id is not None and self._gone(p)]
        here = _place_of(read)
        if gone and without is None:
            name = os.path.basename(read.path)  # noqa: PTH119
            old = next((p for p in gone if (p.path or "").endswith(f"/{name}")), gone[0])
            frame.places.remove(old)
            here.file_id = old.file_id
            frame.places.append(here)
            return Decision(read, "moved", frame, old.file_id)
        frame.places.append(here)
        return Decision(read, "copied", frame)

    def _learn(self, read: Read, frame: Content) -> None:
        frame.content_id = frame.content_id or read.content_id
        frame.header_id = frame.header_id or read.header_id
        if frame.state == "replaced":
            frame.state = "present"

    def _content(self, read: Read) -> str | None:
        if read.content_id is None:
            read.content_id = self._hash(read.path)
        return read.content_id

    def _content_of(self, frame: Content) -> str | None:
        if frame.content_id is None:
            if frame.first is not None:
                frame.content_id = self._content(frame.first)
            else:
                here = next((p.path for p in frame.places if p.path and _as_noted(p)), None)
                frame.content_id = self._hash(here) if here else None
        return frame.content_id

    def _hash(self, path: str) -> str | None:
        if path not in self._hashes:
            self.needs.add(path)
            return None
        return self._hashes[path]

    def _gone(self, place: Place) -> bool:
        return place.path is not None and not os.path.lexists(place.path)

    def _index(self, frame: Content) -> None:
        if frame.header_id is not None:
            self._by_header.setdefault(frame.header_id, []).append(frame)
        if frame.content_id is not None:
            self._by_content.setdefault(frame.content_id, frame)

    def _add_places(self, connection: Connection) -> None:
        f = s.file.c
        columns = (f.frame_id, f.file_id, f.root_id, f.path, f.device, f.inode, f.size_bytes)
        for ids in chunks(list(self._frames)):
            query = select(*columns, f.mtime_ns).where(f.frame_id.in_(ids))
            for frame_id, file_id, root_id, path, *identity in connection.execute(query):
                root, is_here = self._roots.get(root_id, ("", False))
                place = f"{root}/{path}" if is_here else None
                self._frames[frame_id].places.append(
                    Place(file_id, place, tuple(identity), away=not is_here)
                )


def _rows(connection: Connection, reads: list[Read]) -> dict[tuple[int, str], Known]:
    by_root: dict[int, list[str]] = {}
    for read in reads:
        by_root.setdefault(read.root_id, []).append(read.relative)
    return {
        (root_id, path): row
        for root_id, paths in by_root.items()
        for chunk in chunks(paths)
        for path, row in load_files(connection, root_id, chunk).items()
    }


def _frames(connection: Connection, reads: list[Read], rows: Iterable[Known]) -> dict[int, Content]:
    f = s.frame.c
    columns = (f.frame_id, f.header_id, f.content_id, f.state, f.supplied)
    contents = [read.content_id for read in reads if read.content_id]
    conditions = [
        f.header_id.in_(chunk) for chunk in chunks(list({read.header_id for read in reads}))
    ]
    conditions += [f.content_id.in_(chunk) for chunk in chunks(contents)]
    conditions += [f.frame_id.in_(chunk) for chunk in chunks([row.frame_id for row in rows])]
    found: dict[int, Content] = {}
    for condition in conditions:
        for row in connection.execute(select(*columns).where(or_(condition))):
            found.setdefault(row.frame_id, Content(*row))
    return found


def _facts(frame: Content) -> tuple[str | None, str | None, str]:
    return (frame.header_id, frame.content_id, frame.state)


def _identity(read: Read) -> tuple[int, int, int, int]:
    return (read.device, read.inode, read.size_bytes, read.mtime_ns)


def _place_of(read: Read) -> Place:
    return Place(None, read.path, _identity(read))


def _linked(read: Read, others: list[Content]) -> Content | None:
    """Return the frame that has this very file under another name."""
    mine = _identity(read)
    return next((c for c in others if any(p.identity == mine for p in c.places + c.former)), None)


def _same_stat(read: Read, row: Known) -> bool:
    return (*_identity(read), read.ctime_ns) == (
        row.device, row.inode, row.size_bytes, row.mtime_ns, row.ctime_ns,
    )  # fmt: skip


def _as_noted(place: Place) -> bool:
    """Tell whether a catalogued file still has the size and time it was read with."""
    try:
        stat = os.stat(place.path or "")  # noqa: PTH116
    except OSError:
        return False
    return (stat.st_size, stat.st_mtime_ns) == place.identity[2:]
