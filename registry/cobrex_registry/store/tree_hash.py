"""Git's object ids of blobs and trees, computed without git."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from cobrex_registry.errors import RegistryError

from .tree_files import TreeFile

Entry = tuple[str, str, str]  # mode, id, name
FOLDER = "40000"
_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{20})", re.S)


def object_id(kind: str, data: bytes) -> str:
    """Return the id git gives to an object.

    Parameters
    ----------
    kind : str
        ``blob`` or ``tree``.
    data : bytes
        Its contents.

    Returns
    -------
    str
        40 hexadecimal digits.
    """
    header = f"{kind} {len(data)}\0".encode()
    return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()


def trees(files: Iterable[TreeFile], name: str) -> list[list[Entry]]:
    """Return the trees that hold files below one name, deepest first, the root last.

    Parameters
    ----------
    files : iterable of TreeFile
        With paths relative to `name`.
    name : str
        The only entry of the root tree.

    Returns
    -------
    list of list of Entry
        Entries of each tree in git's order.
    """
    folders: dict[tuple[str, ...], list[Entry]] = {(): [], (name,): []}
    for one in files:
        *parents, base = (name, *one.path.split("/"))
        for depth in range(len(parents)):
            folders.setdefault(tuple(parents[: depth + 1]), [])
        folders[tuple(parents)].append((one.mode, object_id("blob", one.data), base))
    made = []
    for path in sorted(folders, key=lambda key: (-len(key), key)):
        entries = sorted(folders[path], key=_order)
        made.append(entries)
        if path:
            folders[path[:-1]].append((FOLDER, tree_id(entries), path[-1]))
    return made


def tree_data(entries: Iterable[Entry]) -> bytes:
    """Return the contents of a tree object."""
    return b"".join(
        f"{mode} {name}".encode("utf-8", "surrogateescape") + b"\0" + bytes.fromhex(sha)
        for mode, sha, name in entries
    )


def tree_id(entries: Iterable[Entry]) -> str:
    """Return the id of a tree."""
    return object_id("tree", tree_data(entries))


def root_id(files: Iterable[TreeFile], name: str) -> str:
    """Return the id of the root tree that holds files below one name."""
    return tree_id(trees(files, name)[-1])


def read_entries(data: bytes) -> list[Entry]:
    """Return the entries of a tree object.

    Parameters
    ----------
    data : bytes
        Its contents.

    Returns
    -------
    list of Entry

    Raises
    ------
    RegistryError
        When it is no tree.
    """
    entries, at = [], 0
    while at < len(data):
        entry = _ENTRY.match(data, at)
        if entry is None:
            raise RegistryError("a tree is malformed", hint="restore it from another server")
        mode, name, sha = entry.groups()
        entries.append((mode.decode(), sha.hex(), name.decode("utf-8", "surrogateescape")))
        at = entry.end()
    return entries


def _order(entry: Entry) -> bytes:
    mode, _, name = entry
    return name.encode("utf-8", "surrogateescape") + (b"/" if mode == FOLDER else b"")
