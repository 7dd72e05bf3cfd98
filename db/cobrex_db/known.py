"""Files as the catalogue knows them, and whether one on disk is still the same."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, select

from . import schema as s

# clocks of file systems tick this coarsely: a change so soon after reading would not show
UNTRUSTED_NS = 2_000_000_000

_f = s.file.c
_STAT = (_f.size_bytes, _f.mtime_ns, _f.ctime_ns, _f.device, _f.inode, _f.seen_ns, _f.state)


class Known(NamedTuple):
    """A row of the table ``file``.

    Attributes
    ----------
    file_id, frame_id : int
    size_bytes, mtime_ns, ctime_ns, device, inode, seen_ns : int
        As it was when it was read.
    state : str
        ``present``, ``missing``, ``changed``.
    shared : bool
        Whether this user imported the frame already into this workspace.
    """

    file_id: int
    frame_id: int
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    device: int
    inode: int
    seen_ns: int
    state: str
    shared: bool = True

    def has_stat(self, stat: os.stat_result) -> bool:
        """Tell whether nothing that the system tells of the file has changed."""
        return (
            self.mtime_ns == stat.st_mtime_ns
            and self.size_bytes == stat.st_size
            and self.inode == signed(stat.st_ino)
            and self.ctime_ns == stat.st_ctime_ns
            and self.device == signed(stat.st_dev)
        )

    @property
    def settled(self) -> bool:
        """Whether the file was old enough, when it was read, for its times to be trusted."""
        return max(self.mtime_ns, self.ctime_ns) + UNTRUSTED_NS <= self.seen_ns


def signed(number: int) -> int:
    """Return a device or inode number as a signed 64-bit integer, which databases store."""
    return number - 2**64 if number >= 2**63 else number


def load_folder(
    connection: Connection, root_id: int, folder: str, user_id: int, workspace_id: int
) -> dict[str, Known]:
    """Return the files the catalogue knows under a folder.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    root_id : int
    folder : str
        Relative to the root; empty for all of it.
    user_id, workspace_id : int
        Whose imports count as shared.

    Returns
    -------
    dict of str to Known
        By relative path.
    """
    member, importer = s.workspace_frame.c, s.import_frame.c
    joined = exists().where(member.workspace_id == workspace_id, member.frame_id == _f.frame_id)
    imported = exists().where(
        importer.frame_id == _f.frame_id,
        importer.import_id == s.import_.c.import_id,
        s.import_.c.user_id == user_id,
    )
    query = select(_f.path, _f.file_id, _f.frame_id, *_STAT, joined & imported)
    rows = connection.execute(query.where(_f.root_id == root_id, *_under(folder)))
    return {row[0]: Known(*row[1:]) for row in rows}


def load_supplied(connection: Connection, root_id: int, folder: str) -> dict[int, dict[str, Any]]:
    """Return what was supplied for frames whose files lie under a folder.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    root_id : int
    folder : str
        Relative to the root; empty for all of it.

    Returns
    -------
    dict of int to dict
        By frame id; frames without are left out.
    """
    rows = connection.execute(
        select(s.frame.c.frame_id, s.frame.c.supplied)
        .join(s.file, _f.frame_id == s.frame.c.frame_id)
        .where(_f.root_id == root_id, *_under(folder), s.frame.c.supplied.is_not(None))
    )
    return dict(rows.tuples().all())


def load_files(connection: Connection, root_id: int, paths: list[str]) -> dict[str, Known]:
    """Return the files the catalogue knows of some paths.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    root_id : int
    paths : list of str
        Relative to the root.

    Returns
    -------
    dict of str to Known
        By relative path.
    """
    rows = connection.execute(
        select(_f.path, _f.file_id, _f.frame_id, *_STAT).where(
            _f.root_id == root_id, _f.path.in_(paths)
        )
    )
    return {row[0]: Known(*row[1:]) for row in rows}


def _under(folder: str) -> list[ColumnElement[bool]]:
    # "0" follows "/": a range of an index, where LIKE may be none
    return [_f.path >= f"{folder}/", _f.path < f"{folder}0"] if folder else []
