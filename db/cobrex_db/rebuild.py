"""Records of a store taken into a catalogue that numbers frames, stars and people anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
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
from .ingest import Arrival, ingest_in
from .ingest_many import take_together
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


def take_records(
    connection: Connection, arrivals: Sequence[Arrival], store: Path, *, usual: bool = False
) -> None:
    """Take records of another catalogue's time into this one.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that may write.
    arrivals : sequence of Arrival
        In the order they came then.
    store : pathlib.Path
        The root of their products.
    usual : bool
        First attempts that have not failed and do not use each other's products.
    """
    for user, workspace in {(x["user"], x["workspace"]) for x in _labels(arrivals)}:
        enter_workspace(connection, user, workspace)
    here = _numbered_here(connection, arrivals)
    ensure_processes(connection, [_process(one.record) for one in here])
    taken = take_together(connection, here, store) if usual else {}
    for one in here:
        if one.record["key"] not in taken:
            ingest_in(connection, one.record, one.folder, store, one.ranges_hash)


def _labels(arrivals: Sequence[Arrival]) -> list[Mapping[str, Any]]:
    return [one.record["labels"] for one in arrivals]


def _process(record: Mapping[str, Any]) -> dict[str, Any]:
    labels, recipe = record["labels"], record["recipe"]
    return {
        "key": record["key"],
        "recipe": recipe["name"],
        "version": recipe["version"],
        "code_hash": recipe["code_hash"],
        "environment_digest": record["environment"]["digest"],
        "parameters": record["parameters"],
        "series": record["series"],
        "star_id": labels["star_id"],
        "night": date.fromisoformat(labels["night"]) if labels["night"] else None,
        "preset": labels["preset"],
        "association": "",
        "created": datetime.fromisoformat(record["started"]),
    }


def ensure_processes(connection: Connection, processes: Iterable[Mapping[str, Any]]) -> None:
    """Add processes as planned where they are not there.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    processes : iterable of mapping
        Columns of table ``process``.
    """
    key = s.process.c.key
    wanted = {one["key"]: one for one in processes}
    for chunk in chunks(wanted):
        there = set(connection.scalars(select(key).where(key.in_(chunk))))
        new = [{**wanted[k], "state": "planned"} for k in chunk if k not in there]
        if new:
            connection.execute(insert(s.process), new)


def enter_workspace(connection: Connection, user: str, workspace: str) -> int:
    """Return the id of a workspace; one that is not there is that user's, not everybody's."""
    there = select(s.workspace.c.workspace_id).where(s.workspace.c.name == workspace)
    if workspace == workspaces.PUBLIC or connection.scalar(there) is not None:
        return workspace_id(connection, workspace)
    return workspaces.new(connection, user, workspace)


def stars_of(
    connection: Connection, asked: Sequence[tuple[Collection[int], str | None]]
) -> list[int | None]:
    """Return the stars of processes: that of the first main frame, else the one of a name.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    asked : sequence of (collection of int, str or None)
        Main frames and name of each.

    Returns
    -------
    list of int or None
    """
    f, fs = s.frame.c, s.frame_star.c
    found: dict[int, tuple[float, int, int]] = {}
    for chunk in chunks({i for main, _ in asked for i in main}):
        rows = connection.execute(
            select(f.frame_id, f.mjd_obs, fs.star_id)
            .join(s.frame_star, fs.frame_id == f.frame_id)
            .where(f.frame_id.in_(chunk), fs.chosen)
        )
        found |= {i: (mjd or 0.0, i, star) for i, mjd, star in rows}
    named = {name: _star_called(connection, name) for name in {n for _, n in asked if n}}
    firsts = [min((found[i] for i in main if i in found), default=None) for main, _ in asked]
    return [
        first[2] if first else named.get(name or "")
        for first, (_, name) in zip(firsts, asked, strict=True)
    ]


def _star_called(connection: Connection, name: str) -> int | None:
    stars = find_stars(connection, name)
    return stars[0].star_id if len(stars) == 1 else None


def _numbered_here(connection: Connection, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The records with the numbers that frames and stars have in this catalogue."""
    records = [one.record for one in arrivals]
    now = frames_of(connection, [u["content_id"] for r in records for u in r["used"]])
    mains = [_main(connection, record, now) for record in records]
    names = [record["labels"]["star"] for record in records]
    stars = stars_of(connection, list(zip(mains, names, strict=True)))
    return [
        replace(one, record=_renumbered(one.record, main, star, now))
        for one, main, star in zip(arrivals, mains, stars, strict=True)
    ]


def _main(connection: Connection, record: Mapping[str, Any], now: Mapping[str, int]) -> list[int]:
    used = record["used"]
    was = {u["frame_id"]: now.get(u["content_id"]) for u in used if u["frame_id"] is not None}
    main = [found for old in record["main_frames"] if (found := was.get(old)) is not None]
    if main or record["outcome"] != "done":
        return main
    frame_type = record["labels"]["frame_type"]
    return _begun_at(connection, [u["content_id"] for u in used if u["frame_type"] == frame_type])


def _renumbered(
    record: Mapping[str, Any], main: list[int], star: int | None, now: Mapping[str, int]
) -> dict[str, Any]:
    used = record["used"]
    return {
        **record,
        "main_frames": main,
        "used": [
            u if u["frame_id"] is None else {**u, "frame_id": now.get(u["content_id"])}
            for u in used
        ],
        "labels": {**record["labels"], "star_id": star},
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


Take = Callable[[Connection], None]
# what comes of values that lie about what they are
_UNTRUE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, OSError)


def take_all(engine: Engine, together: Sequence[Take], alone: Sequence[Take]) -> dict[int, str]:
    """Do several things in one transaction; what cannot be done is left out.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    together : sequence of callable
        Each gets the connection; may be called several times.
    alone : sequence of callable
        The same things one by one, for when one of them is refused.

    Returns
    -------
    dict of int to str
        Why, by position in `alone`, for those that were refused.
    """
    try:
        transact(engine, lambda c: _all(c, together))
    except CatalogueError as error:
        if error.kind == "database-away":
            raise
    except (SQLAlchemyError, *_UNTRUE):
        pass  # told below, of the one it is
    else:
        return {}
    return transact(engine, lambda c: _one_by_one(c, alone))


def _all(connection: Connection, takes: Sequence[Take]) -> None:
    for one in takes:
        one(connection)


def _one_by_one(connection: Connection, takes: Sequence[Take]) -> dict[int, str]:
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
        except _UNTRUE as error:
            refused[number] = f"it is not what it says: {type(error).__name__} {error}"[:200]
    return refused
