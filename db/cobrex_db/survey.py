"""Sorts the files an import was asked for: those to read, those that are as they were."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from .engine import ask
from .errors import CatalogueError
from .known import Known, load_folder, load_supplied
from .reading import Given, Reader, merged
from .recording import Call
from .rejection import RejectionError
from .walk import Found, Listed, Refused, Skipped, printable, walk


class Unread(NamedTuple):
    """A file to read: absolute path, root, path relative to it."""

    path: str
    root_id: int
    relative: str


def whole(paths: Iterable[str | Path]) -> list[str]:
    """Return absolute paths of files and folders, without those inside another.

    Parameters
    ----------
    paths : iterable of str or pathlib.Path

    Returns
    -------
    list of str
        Folders have one spelling, links followed; the last part of a file's path may be a link.
    """
    tops = list(dict.fromkeys(_top(path) for path in paths))
    every = set(tops)
    return [top for top in tops if every.isdisjoint(map(str, Path(top).parents))]


def _top(path: str | Path) -> str:
    absolute = os.path.abspath(path)  # noqa: PTH100 keeps what is no UTF-8
    if os.path.isdir(absolute):  # noqa: PTH112
        return os.path.realpath(absolute)
    folder, name = os.path.split(absolute)
    return os.path.join(os.path.realpath(folder), name)  # noqa: PTH118


class Survey:
    """Looks at files without opening them.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    call : Call
        For whom.
    roots : mapping
        Where roots lie on this host.
    reader : Reader
        Knows what is supplied, and whether everything is hashed.

    Attributes
    ----------
    skipped : int
        Side files.
    unchanged : int
        Files that are as they were when they were last read.
    unshared : list of int
        Frames among these that this user had not imported into this workspace.
    refused : list of Refused
        Paths that cannot be listed.
    """

    def __init__(
        self, engine: Engine, call: Call, roots: Mapping[int, Path], reader: Reader
    ) -> None:
        self.skipped = 0
        self.unchanged = 0
        self.unshared: list[int] = []
        self.refused: list[Refused] = []
        self._engine = engine
        self._call = call
        self._roots = {str(path): root_id for root_id, path in roots.items()}
        self._reader = reader
        self._known: dict[tuple[int, str], dict[str, Known]] = {}
        self._given: dict[int, Given] = {}

    def files(self, tops: list[str]) -> list[Unread]:
        """Return the files that must be read.

        Parameters
        ----------
        tops : list of str
            From `whole`.

        Returns
        -------
        list of Unread
        """
        pending = []
        for top in tops:
            for found in self._walk(top):
                if isinstance(found, Listed):
                    if not self._is_settled(found, top):
                        pending.append(Unread(found.path, found.root_id, found.relative))
                elif isinstance(found, Skipped):
                    self.skipped += 1
                else:
                    self.refused.append(found)
        return pending

    def _walk(self, top: str) -> Iterator[Found]:
        above = Path(top)
        if any(str(folder) in self._roots for folder in (above, *above.parents)):
            return walk(top, self._roots)
        error = (
            RejectionError("bad-name", "its folder's name is no UTF-8")
            if above.exists()
            else RejectionError("missing", "there is no such file or folder")
        )
        return iter([Refused(printable(top), error)])

    def _is_settled(self, found: Listed, top: str) -> bool:
        """Tell whether a file is as it was when it was last read, and count it."""
        known = self._load(found.root_id, _folder(found, top)).get(found.relative)
        if known is None or self._reader.checksum or not self._is_as_known(found, known):
            return False
        self.unchanged += 1
        if not known.shared:
            self.unshared.append(known.frame_id)
        return True

    def _is_as_known(self, found: Listed, known: Known) -> bool:
        if known.state != "present" or not known.settled or not known.has_stat(found.stat):
            return False
        try:
            given = self._reader.given(found.path)
        except CatalogueError:
            return False
        stored = self._given.get(known.frame_id)
        return given is None or merged(stored, given) == stored

    def _load(self, root_id: int, folder: str) -> dict[str, Known]:
        known = self._known.get((root_id, folder))
        if known is None:
            known = ask(self._engine, lambda c: self._rows(c, root_id, folder))
            self._known[root_id, folder] = known
        return known

    def _rows(self, connection: Connection, root_id: int, folder: str) -> dict[str, Known]:
        self._given.update(load_supplied(connection, root_id, folder))
        call = self._call
        return load_folder(connection, root_id, folder, call.user_id, call.workspace_id)


def _folder(found: Listed, top: str) -> str:
    """Return the folder whose rows are loaded at once: that asked for, as far as in this root."""
    root = found.path[: len(found.path) - len(found.relative)].rstrip("/")
    base = os.path.dirname(found.path) if found.path == top else top  # noqa: PTH120
    return base[len(root) :].strip("/") if len(base) > len(root) else ""
