"""Where frames lie on this host and what their content is; hashed when it is not known yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from sqlalchemy import Connection, Engine, bindparam, select, update

from . import schema as s
from .chunks import chunks
from .content_id import content_id
from .engine import transact
from .errors import CatalogueError
from .roots import root_paths

Place = tuple[str, str]
_Row = tuple[int, str | None, str, tuple[int, int]]


def locate(
    engine: Engine, frame_ids: Collection[int], progress: Callable[[int, int], None] | None = None
) -> dict[int, Place]:
    """Find readable files of frames and make sure of their content ids.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    frame_ids : collection of int
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    dict of int to (str, str)
        Path and content id; frames without a readable file, of the size and time it was
        catalogued with, are left out: `cobrex import` says what has become of it.
    """
    with engine.connect() as connection:
        roots = {i: str(place).rstrip("/") for i, place in root_paths(connection).items()}
        wanted = chunks(sorted(frame_ids))
        rows = [row for chunk in wanted for row in _files(connection, chunk, roots)]
    places: dict[int, Place] = {}
    fresh: dict[int, str] = {}
    for number, (frame_id, known, path, noted) in enumerate(rows):
        if frame_id in places or not _is_as_noted(path, noted):
            continue
        content = known or _hash(path)
        if content is None:
            continue
        if known is None:
            fresh[frame_id] = content
        places[frame_id] = (path, content)
        if progress is not None:
            progress(number + 1, len(rows))
    if fresh:
        transact(engine, lambda c: _store(c, fresh))
    return places


def locate_contents(engine: Engine, wanted: Mapping[str, str]) -> dict[str, Path]:
    """Find readable files of known contents.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    wanted : mapping of str to str
        Content ids, each with its name in the archive, by which a frame is found whose content
        has not been hashed yet; may be empty.

    Returns
    -------
    dict of str to pathlib.Path
        By content id; what is not here is left out.
    """
    f = s.frame.c
    names = [name for name in wanted.values() if name]
    of_content = f.content_id.in_(list(wanted))
    of_name = f.content_id.is_(None) & f.archive_name.in_(names)
    with engine.connect() as connection:
        frames = connection.execute(select(f.frame_id).where(of_content | of_name)).scalars().all()
    places = locate(engine, frames).values()
    return {content: Path(path) for path, content in places if content in wanted}


def _is_as_noted(path: str, noted: tuple[int, int]) -> bool:
    """Tell whether a file has the size and time it was catalogued with, and can be read."""
    try:
        stat = os.stat(path)  # noqa: PTH116 of a hundred thousand
    except OSError:
        return False
    return (stat.st_size, stat.st_mtime_ns) == noted and os.access(path, os.R_OK)


def _files(connection: Connection, frame_ids: list[int], roots: Mapping[int, str]) -> list[_Row]:
    f = s.file.c
    rows = connection.execute(
        select(
            *(s.frame.c.frame_id, s.frame.c.content_id),
            *(f.root_id, f.path, f.size_bytes, f.mtime_ns),
        )
        .join(s.file, s.file.c.frame_id == s.frame.c.frame_id)
        .where(s.frame.c.frame_id.in_(frame_ids))
        # plain files before compressed ones: recipes read them faster
        .order_by(s.frame.c.frame_id, s.file.c.compression, s.file.c.file_id)
    ).all()
    return [
        (frame_id, content, f"{roots[root_id]}/{path}", (size, mtime))
        for frame_id, content, root_id, path, size, mtime in rows
        if root_id in roots
    ]


def _hash(path: str) -> str | None:
    try:
        return content_id(Path(path))
    except (OSError, CatalogueError):
        return None


def _store(connection: Connection, fresh: dict[int, str]) -> None:
    connection.execute(
        update(s.frame)
        .where(s.frame.c.frame_id == bindparam("of"), s.frame.c.content_id.is_(None))
        .values(content_id=bindparam("content")),
        [{"of": frame_id, "content": content} for frame_id, content in fresh.items()],
    )
