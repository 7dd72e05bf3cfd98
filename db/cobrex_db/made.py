"""Products in the catalogue: frames that a process made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from . import schema as s
from .belonging import add_processes, share_products
from .chunks import chunks
from .people import user_id, utc_now, workspace_id
from .roots import roots_of

_INHERITED = (
    "observation_id",
    "instrument",
    "arm",
    "object",
    "target",
    "date_obs",
    "mjd_obs",
    "night",
    "ra_deg",
    "dec_deg",
    "filter",
    "coronagraph",
    "neutral_density",
    "dit_s",
    "seeing_arcsec",
    "coherence_time_s",
    "airmass_start",
    "airmass_end",
    "parallactic_start_deg",
    "parallactic_end_deg",
    "release_date",
    "instrument_columns",
)


@dataclass(frozen=True, slots=True)
class Made:
    """An attempt that is done.

    Attributes
    ----------
    record : mapping
        ``record/1``.
    process_id, attempt_id : int
    folder : pathlib.Path
        Where it lies.
    """

    record: Mapping[str, Any]
    process_id: int
    attempt_id: int
    folder: Path


def add_products(connection: Connection, made: Sequence[Made], store: Path) -> None:
    """Add all products of attempts; setup, observation, star are those of the first main frame.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    made : sequence of Made
    store : pathlib.Path
        Root of the catalogued paths.
    """
    if not made:
        return
    mains = _main_frames(connection, [one.record["main_frames"] for one in made])
    types = _frame_types(connection, {g["frame_type"] for m in made for g in m.record["generated"]})
    users = {n: user_id(connection, n) for n in {m.record["labels"]["user"] for m in made}}
    rows = [
        _frame(one, product, main, types, users)
        for one, main in zip(made, mains, strict=True)
        for product in one.record["generated"]
    ]
    if rows:
        connection.execute(insert(s.frame), rows)
    ids = _frame_ids(connection, [one.attempt_id for one in made])
    _add_files(connection, made, ids, store)
    _add_stars(connection, made, mains, types, ids)
    _add_to_workspaces(connection, made, ids)


_FrameIds = Mapping[tuple[int, str, int], int]  # of attempt, role, number


def _main_frames(connection: Connection, asked: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """The earliest of each list of frames; nothing where none of them is there."""
    f = s.frame.c
    times: dict[int, tuple[bool, float, int]] = {}
    for chunk in chunks({i for ids in asked for i in ids}):
        for i, mjd in connection.execute(
            select(f.frame_id, f.mjd_obs).where(f.frame_id.in_(chunk))
        ):
            times[i] = (mjd is not None, mjd or 0.0, i)
    firsts = [
        min((i for i in ids if i in times), key=times.__getitem__, default=None) for ids in asked
    ]
    columns = (f.frame_id, *(f[name] for name in _INHERITED))
    rows: dict[int | None, dict[str, Any]] = {
        row.frame_id: dict(row._mapping)
        for chunk in chunks({i for i in firsts if i is not None})
        for row in connection.execute(select(*columns).where(f.frame_id.in_(chunk)))
    }
    return [rows.get(i, {}) for i in firsts]


def _frame_types(connection: Connection, names: Collection[str]) -> dict[str, int]:
    t = s.frame_type.c
    rows = connection.execute(select(t.name, t.frame_type_id).where(t.name.in_(names)))
    found = dict(rows.tuples().all())
    for name in sorted(set(names) - found.keys()):
        made = connection.execute(insert(s.frame_type).values(name=name))
        found[name] = int(made.inserted_primary_key[0])  # type: ignore[index]
    return found


def _frame(
    made: Made,
    product: Mapping[str, Any],
    main: Mapping[str, Any],
    types: Mapping[str, int],
    users: Mapping[str, int],
) -> dict[str, Any]:
    recipe = made.record["recipe"]
    return {
        **{name: main.get(name) for name in _INHERITED},
        "kind": "product",
        "frame_type_id": types[product["frame_type"]],
        "classification": f"{recipe['name']}/{recipe['version']}",
        "content_id": product["content_id"],
        "state": "present",
        "user_id": users[made.record["labels"]["user"]],
        "archive_name": product["file"],
        "process_id": made.process_id,
        "attempt_id": made.attempt_id,
        "product_role": product["role"],
        "product_n": product["n"],
        "created": utc_now(),
        "instrument_columns": main.get("instrument_columns") or {},
    }


def _frame_ids(connection: Connection, attempt_ids: Sequence[int]) -> _FrameIds:
    f = s.frame.c
    return {
        (row.attempt_id, row.product_role, row.product_n): row.frame_id
        for chunk in chunks(attempt_ids)
        for row in connection.execute(
            select(f.attempt_id, f.product_role, f.product_n, f.frame_id).where(
                f.attempt_id.in_(chunk)
            )
        )
    }


def _add_files(connection: Connection, made: Sequence[Made], ids: _FrameIds, store: Path) -> None:
    found = []
    for one in made:
        for product in one.record["generated"]:
            path = one.folder / product["file"]
            # cleaned away before a catalogue was made again: no file
            with suppress(FileNotFoundError):
                found.append(
                    (path, path.stat(), ids[one.attempt_id, product["role"], product["n"]])
                )
    if not found:
        return
    places = roots_of(connection, [path for path, _, _ in found], default=store)
    rows = [
        {
            "root_id": root_id,
            "path": relative,
            "frame_id": frame_id,
            "size_bytes": stat.st_size,
            "mtime_ns": stat.st_mtime_ns,
            "ctime_ns": stat.st_ctime_ns,
            "device": stat.st_dev,
            "inode": stat.st_ino,
            "seen_ns": stat.st_ctime_ns,
        }
        for (root_id, relative), (_, stat, frame_id) in zip(places, found, strict=True)
    ]
    connection.execute(insert(s.file), rows)


def _add_stars(
    connection: Connection,
    made: Sequence[Made],
    mains: Sequence[Mapping[str, Any]],
    types: Mapping[str, int],
    ids: _FrameIds,
) -> None:
    fs = s.frame_star.c
    stars: dict[int, list[dict[str, Any]]] = {}
    columns = (fs.star_id, fs.method, fs.separation_arcsec, fs.chosen)
    for chunk in chunks({main["frame_id"] for main in mains if main}):
        rows = connection.execute(select(fs.frame_id, *columns).where(fs.frame_id.in_(chunk)))
        for row in rows:
            values = dict(row._mapping)
            stars.setdefault(values.pop("frame_id"), []).append(values)
    new = [
        {
            **star,
            "frame_id": ids[one.attempt_id, product["role"], product["n"]],
            "frame_type_id": types[product["frame_type"]],
        }
        for one, main in zip(made, mains, strict=True)
        for product in one.record["generated"]
        for star in (stars.get(main["frame_id"], ()) if main else ())
    ]
    if new:
        connection.execute(insert(s.frame_star), new)


def _add_to_workspaces(connection: Connection, made: Sequence[Made], ids: _FrameIds) -> None:
    of: dict[str, list[int]] = {}
    for one in made:
        of.setdefault(one.record["labels"]["workspace"], []).append(one.process_id)
    for name, process_ids in of.items():
        add_processes(connection, workspace_id(connection, name), process_ids)
    frames: dict[int, list[int]] = {one.process_id: [] for one in made}
    by_attempt = {one.attempt_id: one.process_id for one in made}
    for (attempt_id, _, _), frame_id in ids.items():
        frames[by_attempt[attempt_id]].append(frame_id)
    share_products(connection, frames)
