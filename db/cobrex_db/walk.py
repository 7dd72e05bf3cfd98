"""Lists the FITS files under what an import was asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from stat import S_ISDIR
from typing import NamedTuple

from .fits_blocks import compression
from .rejection import RejectionError, from_os

MAX_PATH = 760


class Listed(NamedTuple):
    """A file that may be a frame.

    Attributes
    ----------
    path : str
        Absolute.
    root_id : int
        The root it lies under.
    relative : str
        Its path from there.
    stat : os.stat_result
        Of the file itself, links followed.
    """

    path: str
    root_id: int
    relative: str
    stat: os.stat_result


class Refused(NamedTuple):
    """A path that cannot be listed: its text as far as it can be written, and why."""

    path: str
    error: RejectionError


class Skipped(NamedTuple):
    """A side file of an archive download."""

    path: str


Found = Listed | Refused | Skipped


def walk(top: str, roots: Mapping[str, int]) -> Iterator[Found]:
    """List a folder, or a single file.

    Parameters
    ----------
    top : str
        Absolute, under one of the roots.
    roots : mapping
        Root id by folder; the deepest folder above a file is its root.

    Yields
    ------
    Found
        In order of names.
    """
    root, root_id = _root_of(top, roots)
    try:
        stat = os.stat(top)  # noqa: PTH116 no Path for each of a million files
    except OSError as error:
        yield Refused(printable(top), from_os(error))
        return
    if S_ISDIR(stat.st_mode):
        yield from _Tree(roots, set()).folder(top, root_id, _relative(top, root))
    else:
        yield _file(top, os.path.basename(top), root_id, _relative(top, root), stat)  # noqa: PTH119


def printable(path: str) -> str:
    r"""Return a path as text that any database and terminal takes.

    Parameters
    ----------
    path : str

    Returns
    -------
    str
        Bytes that are no UTF-8 are written ``\xNN``.
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


class _Tree:
    """Folders on the way down; links may make circles."""

    def __init__(self, roots: Mapping[str, int], seen: set[tuple[int, int]]) -> None:
        self._roots = roots
        self._seen = seen

    def folder(self, path: str, root_id: int, relative: str) -> Iterator[Found]:
        try:
            stat = os.stat(path)  # noqa: PTH116
            if (stat.st_dev, stat.st_ino) in self._seen:
                return
            self._seen.add((stat.st_dev, stat.st_ino))
            with os.scandir(path) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            yield Refused(printable(path), from_os(error))
            return
        prefix = f"{relative}/" if relative else ""
        for entry in entries:
            yield from self._entry(entry, root_id, prefix + entry.name)

    def _entry(self, entry: os.DirEntry[str], root_id: int, relative: str) -> Iterator[Found]:
        fits = compression(entry.name) is not None
        try:
            if entry.is_dir():
                if fits:
                    raise RejectionError("directory", "it is a folder")
                yield from self._inner(entry.path, root_id, relative)
                return
            yield (
                _file(entry.path, entry.name, root_id, relative, entry.stat())
                if fits
                else Skipped(entry.path)
            )
        except OSError as error:
            yield Refused(printable(entry.path), from_os(error))
        except RejectionError as error:
            yield Refused(printable(entry.path), error)

    def _inner(self, path: str, root_id: int, relative: str) -> Iterator[Found]:
        own = self._roots.get(path)
        yield from self.folder(path, *((root_id, relative) if own is None else (own, "")))


def _file(path: str, name: str, root_id: int, relative: str, stat: os.stat_result) -> Found:
    if compression(name) is None:
        return Skipped(path)
    if not relative.isascii():
        try:
            relative.encode()
        except UnicodeEncodeError:
            return Refused(printable(path), RejectionError("bad-name", "its name is no UTF-8"))
    if len(relative) > MAX_PATH:
        return Refused(path, RejectionError("bad-name", f"its path has over {MAX_PATH} letters"))
    return Listed(path, root_id, relative, stat)


def _root_of(path: str, roots: Mapping[str, int]) -> tuple[str, int]:
    above = path
    while above not in roots:
        above = os.path.dirname(above)  # noqa: PTH120
    return above, roots[above]


def _relative(path: str, root: str) -> str:
    return path[len(root) :].lstrip("/")
