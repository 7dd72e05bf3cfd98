"""Roots: what file paths are relative to, and where that lies on this host."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, insert, select

from . import schema as s

EVERY_HOST = "*"
_LONGEST_NAME = 190


def root_paths(connection: Connection) -> dict[int, Path]:
    """Return where each root lies on this host.

    Parameters
    ----------
    connection : sqlalchemy.Connection

    Returns
    -------
    dict of int to pathlib.Path
        By root id; a root without a path for this host or for every host is left out.
    """
    r = s.root_path.c
    rows = connection.execute(
        select(r.root_id, r.host, r.path)
        .where(r.host.in_([EVERY_HOST, socket.gethostname()]))
        .order_by(r.host == EVERY_HOST)
    )
    found: dict[int, Path] = {}
    for row in rows:
        found.setdefault(row.root_id, Path(row.path))
    return found


def roots_of(
    connection: Connection, paths: Sequence[Path], *, default: Path
) -> list[tuple[int, str]]:
    """Return the roots paths lie under, and the paths relative to them.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    paths : sequence of pathlib.Path
        Absolute.
    default : pathlib.Path
        Made a new root for what lies under none; a folder above `paths`.

    Returns
    -------
    list of (int, str)
        Root id and relative path of each. Of several roots the deepest one.
    """
    there = root_paths(connection)
    found = []
    for path in paths:
        above = [(len(p.parts), i, p) for i, p in there.items() if path.is_relative_to(p)]
        if not above:
            root_id = new_root(connection, default)
            there[root_id] = default
            above = [(0, root_id, default)]
        _, root_id, place = max(above)
        found.append((root_id, str(path.relative_to(place))))
    return found


def new_root(connection: Connection, place: Path) -> int:
    """Make a folder a root.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    place : pathlib.Path
        Absolute.

    Returns
    -------
    int
        Root id.
    """
    name = str(place)
    if len(name) > _LONGEST_NAME:
        digest = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
        name = f"{name[: _LONGEST_NAME - 17]} {digest}"
    made = connection.execute(insert(s.root).values(name=name))
    root_id = int(made.inserted_primary_key[0])  # type: ignore[index]
    connection.execute(
        insert(s.root_path).values(root_id=root_id, host=EVERY_HOST, path=str(place))
    )
    return root_id
