"""Finds one frame by whatever it is called: number, archive name, content id, path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from .chunks import chunks
from .errors import CatalogueError
from .roots import root_paths
from .schema import file, frame, frame_star, root, star
from .workspaces import restrict_frames

_CONTENT_ID = re.compile(r"[A-Za-z0-9_-]{6,43}")
_AFTER = "\x7f"


def frame_by(connection: Connection, text: str, *, viewer: str | None = None) -> int:
    """Return the one frame a text means.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    text : str
        A frame id, an archive name (with or without ``.fits``), the path of a file, or the
        beginning (six characters) of a content id; looked for in this order.
    viewer : str, optional
        Only frames this user may see; others are told as if there were none.

    Returns
    -------
    int
        Frame id.

    Raises
    ------
    CatalogueError
        Kinds ``unknown-frame``, ``ambiguous-frame``.
    """
    for look in (frames_by_id, frames_by_archive_name, frames_by_path, frames_by_content_id):
        found = _seen(connection, look(connection, text), viewer)
        if len(found) == 1:
            return found[0]
        if found:
            raise CatalogueError(
                f"{text!r} means {len(found)} frames",
                hint="give one of the ids " + ", ".join(str(i) for i in found[:12]),
                kind="ambiguous-frame",
            )
    raise CatalogueError(
        f"no frame is called {text!r}",
        hint="give an id or archive name from `cobrex find`, or import the file",
        kind="unknown-frame",
    )


def _seen(connection: Connection, frame_ids: list[int], viewer: str | None) -> list[int]:
    if viewer is None or not frame_ids:
        return frame_ids
    query = select(frame.c.frame_id).where(frame.c.frame_id.in_(frame_ids))
    seen = set(connection.scalars(restrict_frames(connection, query, viewer)))
    return [i for i in frame_ids if i in seen]


def frames_by_id(connection: Connection, text: str) -> list[int]:
    """Return the frame of an id, written in digits."""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return []
    return list(connection.scalars(select(frame.c.frame_id).where(frame.c.frame_id == int(text))))


def frames_by_archive_name(connection: Connection, text: str) -> list[int]:
    """Return the frames of an archive name, ``.fits`` or not; those in use if there are any."""
    plain = re.sub(r"\.fits(\.(gz|Z))?$", "", text)
    names = {text, plain, f"{plain}.fits"}
    rows = connection.execute(
        select(frame.c.frame_id, frame.c.state)
        .where(frame.c.archive_name.in_(names))
        .order_by(frame.c.frame_id)
    ).all()
    present = [row.frame_id for row in rows if row.state == "present"]
    return present or [row.frame_id for row in rows]


def frames_by_path(connection: Connection, text: str) -> list[int]:
    """Return the frame that lies at a path of this host."""
    path = Path(text).expanduser().absolute()
    found: list[int] = []
    for root_id, place in root_paths(connection).items():
        if path.is_relative_to(place):
            found += connection.scalars(
                select(file.c.frame_id).where(
                    file.c.root_id == root_id, file.c.path == str(path.relative_to(place))
                )
            )
    return sorted(set(found))


def frames_by_content_id(connection: Connection, text: str) -> list[int]:
    """Return the frames whose content id begins with a text of six characters or more."""
    if not _CONTENT_ID.fullmatch(text):
        return []
    return list(
        connection.scalars(
            select(frame.c.frame_id)
            .where(frame.c.content_id >= text, frame.c.content_id < text + _AFTER)
            .order_by(frame.c.frame_id)
        )
    )


def files_of(connection: Connection, frame_id: int) -> list[dict[str, Any]]:
    """Return where a frame's bytes lie.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    frame_id : int

    Returns
    -------
    list of dict
        ``path`` (absolute on this host; None when the root is not here), ``root``,
        ``relative_path``, ``compression``, ``size_bytes``, ``state``.
    """
    places = root_paths(connection)
    rows = connection.execute(
        select(file, root.c.name.label("root"))
        .join(root, root.c.root_id == file.c.root_id)
        .where(file.c.frame_id == frame_id)
        .order_by(file.c.file_id)
    )
    return [
        {
            "path": places[row.root_id] / row.path if row.root_id in places else None,
            "root": row.root,
            "relative_path": row.path,
            "compression": row.compression,
            "size_bytes": row.size_bytes,
            "state": row.state,
        }
        for row in rows
    ]


def paths_of(connection: Connection, frame_ids: Sequence[int]) -> dict[int, Path]:
    """Return one path on this host of each frame that has one.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    frame_ids : sequence of int

    Returns
    -------
    dict of int to pathlib.Path
        By frame id; whether the file can be read is not looked at.
    """
    return {i: paths[0] for i, paths in all_paths_of(connection, frame_ids).items()}


def all_paths_of(connection: Connection, frame_ids: Sequence[int]) -> dict[int, list[Path]]:
    """Return the paths on this host of frames, as `paths_of`.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    frame_ids : sequence of int

    Returns
    -------
    dict of int to list of pathlib.Path
        By frame id, the file known longest first.
    """
    places = root_paths(connection)
    found: dict[int, list[Path]] = {}
    for some in chunks(frame_ids):
        rows = connection.execute(
            select(file.c.frame_id, file.c.root_id, file.c.path)
            .where(file.c.frame_id.in_(some), file.c.state == "present")
            .order_by(file.c.file_id)
        )
        for row in rows:
            if row.root_id in places:
                found.setdefault(row.frame_id, []).append(places[row.root_id] / row.path)
    return found


def stars_of(connection: Connection, frame_id: int) -> list[dict[str, Any]]:
    """Return every star a frame may be of, the chosen one first.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    frame_id : int

    Returns
    -------
    list of dict
        ``star``, ``star_id``, ``method``, ``separation_arcsec``, ``chosen``.
    """
    rows = connection.execute(
        select(
            star.c.identifier.label("star"),
            star.c.star_id,
            frame_star.c.method,
            frame_star.c.separation_arcsec,
            frame_star.c.chosen,
        )
        .join(star, star.c.star_id == frame_star.c.star_id)
        .where(frame_star.c.frame_id == frame_id)
        .order_by(frame_star.c.chosen.desc(), frame_star.c.method, star.c.identifier)
    )
    return [dict(row._mapping) for row in rows]
