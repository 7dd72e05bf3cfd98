"""Records of a store taken into a catalogue that numbers frames, stars and people anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

from . import schema as s
from . import workspaces
from .chunks import chunks
from .engine import transact
from .errors import CatalogueError
from .ingest import ingest_in
from .people import workspace_id
from .stars.lookup import find_stars


def attempts_there(connection: Connection) -> set[tuple[str, int]]:
    """Return key and number of all attempts of a catalogue."""
    p, a = s.process.c, s.attempt.c
    rows = connection.execute(select(p.key, a.number).join(s.attempt, a.process_id == p.process_id))
    return {(key, number) for key, number in rows}


def contents_there(connection: Connection, contents: Collection[str]) -> set[str]:
    """Return those of some contents of which there is a frame."""
    return set(frames_of(connection, contents))


def frames_of(connection: Connection, contents: Iterable[str]) -> dict[str, int]:
    """Return the ids of frames by content; of several the one in use."""
    f = s.frame.c
    return {
        content: frame_id
        for chunk in chunks(dict.fromkeys(contents))
        for content, frame_id in connection.execute(
            select(f.content_id, f.frame_id)
            .where(f.content_id.in_(chunk), f.state != "replaced")
            .order_by(f.state == "present", f.frame_id)
        )
    }


def frames_to_hash(connection: Connection, names: Collection[str]) -> list[int]:
    """Return raw frames whose content is not known yet and that have a file of one of some names.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    names : collection of str
        Without folder and without a suffix of compression.

    Returns
    -------
    list of int
        Frame ids.
    """
    f, x = s.frame.c, s.file.c
    rows = connection.execute(
        select(f.frame_id, x.path)
        .join(s.file, x.frame_id == f.frame_id)
        .where(f.content_id.is_(None), f.state == "present")
        .execution_options(yield_per=2_000)
    )
    return list(dict.fromkeys(i for i, path in rows if plain_name(path) in names))


def plain_name(path: str) -> str:
    """Return the name of a file without folder and without a suffix of compression."""
    name = path.rpartition("/")[2]
    return name.removesuffix(".gz").removesuffix(".Z")


def refusal(message: str) -> CatalogueError:
    """Return the error of something that is left out; all else goes on."""
    return CatalogueError(message, hint="take it from a backup", kind="record")


def take_record(
    connection: Connection, record: Mapping[str, Any], folder: Path, store: Path, ranges_hash: str
) -> None:
    """Take a record of another catalogue's time into this one.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that may write.
    record : mapping
        ``record/1``; its numbers of frames and stars are those of the catalogue of then.
    folder, store : pathlib.Path
        Where the attempt lies, and the root of its products.
    ranges_hash : str
        Of the QC ranges of its verdict.
    """
    here = _numbered_here(connection, record)
    labels = record["labels"]
    enter_workspace(connection, labels["user"], labels["workspace"])
    ensure_process(
        connection,
        {
            "key": record["key"],
            "recipe": record["recipe"]["name"],
            "version": record["recipe"]["version"],
            "code_hash": record["recipe"]["code_hash"],
            "environment_digest": record["environment"]["digest"],
            "parameters": record["parameters"],
            "series": record["series"],
            "star_id": here["labels"]["star_id"],
            "night": date.fromisoformat(labels["night"]) if labels["night"] else None,
            "preset": labels["preset"],
            "created": datetime.fromisoformat(record["started"]),
        },
    )
    ingest_in(connection, here, folder, store, ranges_hash)


def ensure_process(connection: Connection, row: Mapping[str, Any]) -> int:
    """Return the id of a process, which is added as planned when it is not there.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    row : mapping
        Columns of table ``process``.

    Returns
    -------
    int
    """
    p = s.process.c
    found = connection.scalar(select(p.process_id).where(p.key == row["key"]))
    if found is None:
        made = connection.execute(insert(s.process).values(**row, state="planned"))
        found = made.inserted_primary_key[0]  # type: ignore[index]
    return int(found)


def enter_workspace(connection: Connection, user: str, workspace: str) -> int:
    """Return the id of a workspace; one that is not there is that user's, not everybody's."""
    there = select(s.workspace.c.workspace_id).where(s.workspace.c.name == workspace)
    if workspace == workspaces.PUBLIC or connection.scalar(there) is not None:
        return workspace_id(connection, workspace)
    return workspaces.new(connection, user, workspace)


def star_of(connection: Connection, main_frames: Collection[int], name: str | None) -> int | None:
    """Return the star of a process: that of its first main frame, else the one of a name."""
    f, fs = s.frame.c, s.frame_star.c
    found = connection.scalar(
        select(fs.star_id)
        .join(s.frame, f.frame_id == fs.frame_id)
        .where(f.frame_id.in_(list(main_frames)), fs.chosen)
        .order_by(f.mjd_obs, f.frame_id)
        .limit(1)
    )
    if found is None and name:
        stars = find_stars(connection, name)
        found = stars[0].star_id if len(stars) == 1 else None
    return found


def _numbered_here(connection: Connection, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with the numbers that frames and star have in this catalogue."""
    used, labels = record["used"], record["labels"]
    now = frames_of(connection, [u["content_id"] for u in used])
    was = {u["frame_id"]: now.get(u["content_id"]) for u in used if u["frame_id"] is not None}
    main = [found for old in record["main_frames"] if (found := was.get(old)) is not None]
    if not main:
        of_main = [u["content_id"] for u in used if u["frame_type"] == labels["frame_type"]]
        main = _begun_at(connection, of_main)
    star = star_of(connection, main, labels["star"])
    return {
        **record,
        "main_frames": main,
        "used": [
            u if u["frame_id"] is None else {**u, "frame_id": now.get(u["content_id"])}
            for u in used
        ],
        "labels": {**labels, "star_id": star},
    }


def _begun_at(connection: Connection, contents: Collection[str]) -> list[int]:
    """The raw frames that products began at."""
    f, a = s.frame.c, s.attempt.c
    rows = connection.scalars(
        select(a.record)
        .join(s.frame, f.attempt_id == a.attempt_id)
        .where(f.content_id.in_(list(contents)))
        .order_by(f.frame_id)
    )
    return list(dict.fromkeys(i for record in rows for i in record["main_frames"]))


def take_all(engine: Engine, takes: Sequence[Callable[[Connection], None]]) -> dict[int, str]:
    """Do several things in one transaction; what cannot be done is left out.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    takes : sequence of callable
        Each gets the connection; may be called several times.

    Returns
    -------
    dict of int to str
        Why, by position, for those that were refused.
    """
    try:
        transact(engine, lambda c: _all(c, takes))
    except CatalogueError as error:
        if error.kind == "database-away":
            raise
    except SQLAlchemyError:
        pass  # told below, of the one it is
    else:
        return {}
    return transact(engine, lambda c: _one_by_one(c, takes))


def _all(connection: Connection, takes: Sequence[Callable[[Connection], None]]) -> None:
    for one in takes:
        one(connection)


def _one_by_one(
    connection: Connection, takes: Sequence[Callable[[Connection], None]]
) -> dict[int, str]:
    refused: dict[int, str] = {}
    for number, one in enumerate(takes):
        try:
            with connection.begin_nested():
                one(connection)
        except CatalogueError as error:
            if error.kind == "database-away":
                raise
            refused[number] = error.message
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).splitlines()[0]
            refused[number] = f"the database refuses it: {said[:200]}"
    return refused
