"""plan.sqlite: one round's plan, written once, then only read."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cobrex.errors import PlanError

from . import chunk_table
from .chunk import Chunk
from .chunk_table import Chunks
from .draft import Signature
from .model import Plan, PlannedInput, PlannedProcess, RecipeUse, uses

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE recipe (recipe_id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL,
                     uses TEXT NOT NULL);
CREATE TABLE process (key TEXT PRIMARY KEY, recipe_id INTEGER NOT NULL, attempt INTEGER NOT NULL,
                      folder TEXT NOT NULL, level INTEGER NOT NULL, wanted INTEGER NOT NULL,
                      labels TEXT NOT NULL, series TEXT NOT NULL, main_frames TEXT NOT NULL,
                      association TEXT NOT NULL, warnings TEXT NOT NULL, signature TEXT NOT NULL);
CREATE TABLE input (key TEXT NOT NULL, position INTEGER NOT NULL, role TEXT NOT NULL,
                    frame_type TEXT NOT NULL, content_id TEXT NOT NULL, why TEXT NOT NULL,
                    frame_id INTEGER, path TEXT, producer TEXT, producer_role TEXT,
                    level INTEGER, delta_d REAL, source TEXT NOT NULL,
                    PRIMARY KEY (key, position)) WITHOUT ROWID;
CREATE TABLE gap (recipe TEXT, main TEXT, message TEXT, hint TEXT);
"""
_INPUT = tuple(f.name for f in fields(PlannedInput))
_OF_DISK = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_READONLY: errno.EROFS,
}
_OF_VARIANT = ("parameters", "options", "preset")


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """Say what a disk refused as the system says it of any other file."""
    try:
        yield
    except sqlite3.Error as error:
        path.unlink(missing_ok=True)
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in _OF_DISK:
            raise
        number = _OF_DISK[code]
        raise OSError(number, os.strerror(number), str(path)) from error


def write_plan(
    path: Path,
    plan: Plan,
    *,
    attempts: Mapping[str, int],
    reused: Mapping[str, str],
    meta: dict[str, Any],
    chunks: Sequence[Chunk] = (),
) -> None:
    """Write a plan; the file appears whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
    plan : Plan
        What it was planned with is written too.
    attempts : mapping of str to int
        Number of the attempt to make, or to read, by key.
    reused : mapping of str to str
        What is done already, inputs for others, no targets: keys, and where the attempt lies.
    meta : dict
        ``store``, ``batch``, ``user``, ``round`` ...
    chunks : sequence of Chunk
        Of the processes to make.
    """
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with _disk_errors(partial), closing(sqlite3.connect(partial)) as db, db:
        # nobody reads it before it is whole
        db.execute("PRAGMA journal_mode = OFF")
        db.executescript(_SCHEMA + chunk_table.SCHEMA)
        db.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [(k, json.dumps(v)) for k, v in {**plan.basis, **meta}.items()],
        )
        recipes = _recipe_rows(db, plan)
        marks = ", ".join("?" * 12)
        db.executemany(
            f"INSERT INTO process VALUES ({marks})",  # noqa: S608 only question marks
            _process_rows(plan, recipes, attempts, reused),
        )
        marks = ", ".join("?" * (len(_INPUT) + 2))
        db.executemany(
            f"INSERT INTO input VALUES ({marks})",  # noqa: S608 only question marks
            (
                (p.key, position, *_values(one))
                for p in plan.processes
                for position, one in enumerate(p.inputs)
            ),
        )
        db.executemany(
            "INSERT INTO gap VALUES (?, ?, ?, ?)",
            [(g.recipe, g.main, g.message, g.hint) for g in plan.gaps],
        )
        chunk_table.write_chunks(db, plan, chunks)
    partial.chmod(0o444)
    partial.replace(path)


_values = attrgetter(*_INPUT)


def _process_rows(
    plan: Plan, recipes: Mapping[int, int], attempts: Mapping[str, int], reused: Mapping[str, str]
) -> Iterator[tuple[Any, ...]]:
    text = json.JSONEncoder().encode
    for p in plan.processes:
        yield (
            p.key,
            recipes[id(p.recipe)],
            attempts[p.key],
            reused.get(p.key) or _folder(p, attempts[p.key]),
            p.level,
            p.key not in reused,
            text(dict(p.labels)),
            p.series,
            text(p.main_frames),
            p.association,
            text(p.warnings) if p.warnings else "[]",
            text(plan.signatures.get(p.key)),
        )


def _folder(process: PlannedProcess, attempt: int) -> str:
    return attempt_folder(process.recipe.name, process.recipe.version, process.key, attempt)


def _recipe_rows(db: sqlite3.Connection, plan: Plan) -> dict[int, int]:
    """Write each use of a recipe once; of one that differs in its parameters, only those."""
    rows: dict[int, int] = {}
    whole: dict[tuple[Any, ...], int] = {}
    for use in uses(plan.processes):
        number = rows[id(use)] = len(rows) + 1
        same = (use.name, use.version, use.draft, id(use.manifest), id(use.environment))
        values = {f.name: getattr(use, f.name) for f in fields(use)}
        if same in whole:
            values = {"like": whole[same], **{name: values[name] for name in _OF_VARIANT}}
        whole.setdefault(same, number)
        db.execute(
            "INSERT INTO recipe VALUES (?, ?, ?, ?)",
            (number, use.name, use.version, json.dumps(values, default=dict)),
        )
    return rows


def attempt_folder(recipe: str, version: str, key: str, attempt: int) -> str:
    """Return where an attempt lies, relative to the store.

    Parameters
    ----------
    recipe : str
        ``namespace/name``.
    version, key : str
    attempt : int

    Returns
    -------
    str
    """
    return f"processes/{recipe}/{version}/{key[:2]}/{key}/{attempt:04d}"


class PlanFile:
    """A written plan, opened read-only; asked lazily, so 100,000 processes cost nothing to open.

    Parameters
    ----------
    path : str or pathlib.Path

    Raises
    ------
    PlanError
        Kind ``plan-file``: it is not there, or no plan.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._uses: dict[int, RecipeUse] = {}
        try:
            # written once: no locks, which a network file system may not keep
            place = f"file:{quote(str(self.path))}?mode=ro&immutable=1"
            self._db = sqlite3.connect(place, uri=True)
            self._db.execute("SELECT key FROM process LIMIT 1")
        except sqlite3.DatabaseError as error:
            raise PlanError(
                f"{self.path} is not the plan of a round: {error}",
                hint="make the plan again: repeat the `cobrex reduce` it comes from",
                kind="plan-file",
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @cached_property
    def meta(self) -> dict[str, Any]:
        """Store, batch, user and other facts of the round."""
        return {k: json.loads(v) for k, v in self._db.execute("SELECT name, value FROM meta")}

    @cached_property
    def recipes(self) -> dict[int, RecipeUse]:
        """The uses of recipe versions of the plan, by their number in it."""
        rows = self._db.execute("SELECT recipe_id FROM recipe ORDER BY recipe_id").fetchall()
        return {number: self._recipe(number) for (number,) in rows}

    def _recipe(self, number: int) -> RecipeUse:
        if number not in self._uses:
            sql = "SELECT uses FROM recipe WHERE recipe_id = ?"
            values = json.loads(self._db.execute(sql, (number,)).fetchone()[0])
            values["options"] = tuple(values["options"])
            like = values.pop("like", None)
            self._uses[number] = (
                RecipeUse(**values) if like is None else replace(self._recipe(like), **values)
            )
        return self._uses[number]

    def members(self, *, wanted: bool = True) -> list[str]:
        """Return keys, producers first; only those to make, or all."""
        sql = "SELECT key FROM process WHERE wanted >= ? ORDER BY level, rowid"
        return [key for (key,) in self._db.execute(sql, (int(wanted),))]

    def process(self, key: str) -> tuple[PlannedProcess, int]:
        """Return a process and the number of its attempt.

        Raises
        ------
        KeyError
            When the plan has no such process.
        """
        of_choice = "association, warnings" if "warnings" in self._columns else "'', '[]'"
        row = self._db.execute(
            f"SELECT recipe_id, attempt, level, labels, series, main_frames, {of_choice} "  # noqa: S608 names of columns
            "FROM process WHERE key = ?",
            (key,),
        ).fetchone()
        if row is None:
            raise KeyError(key)
        recipe_id, attempt, level, labels, series, main, association, warnings = row
        process = PlannedProcess(
            key=key,
            recipe=self._recipe(recipe_id),
            inputs=tuple(self.inputs(key)),
            level=level,
            labels=json.loads(labels),
            series=series,
            main_frames=tuple(json.loads(main)),
            association=association,
            warnings=tuple(json.loads(warnings)),
        )
        return process, attempt

    def signature(self, key: str) -> Signature | None:
        """Return which draft a process was; None when the plan does not say."""
        if "signature" not in self._columns:
            return None
        sql = "SELECT signature FROM process WHERE key = ?"
        row = self._db.execute(sql, (key,)).fetchone()
        return signature_of(json.loads(row[0])) if row and row[0] != "null" else None

    def inputs(self, key: str) -> Iterator[PlannedInput]:
        """Yield the inputs of a process in order."""
        if "signature" not in self._columns:  # a plan of before 2026-11-28
            sql = "SELECT value FROM input WHERE key = ? ORDER BY position"
            for (value,) in self._db.execute(sql, (key,)):
                yield PlannedInput(**json.loads(value))
            return
        columns = ", ".join(_INPUT)
        sql = f"SELECT {columns} FROM input WHERE key = ? ORDER BY position"  # noqa: S608 names of columns
        for row in self._db.execute(sql, (key,)):
            yield PlannedInput(*row)

    def is_wanted(self, key: str) -> bool:
        """Tell whether a process is to be made; what is not was found good enough to be used."""
        found = self._db.execute("SELECT wanted FROM process WHERE key = ?", (key,)).fetchone()
        return found is not None and bool(found[0])

    def frames_used(self) -> set[int]:
        """Return the ids of all catalogued frames that are inputs."""
        rows = self._db.execute("SELECT DISTINCT frame_id FROM input WHERE frame_id IS NOT NULL")
        return {frame_id for (frame_id,) in rows}

    def record(self, key: str) -> str:
        """Return the path of the record of a process: its Snakemake output."""
        return f"{self.meta['store']}/{self._attempt_folder(key)}/record.json"

    def _attempt_folder(self, key: str) -> str:
        if "folder" in self._columns:
            said = self._db.execute("SELECT folder FROM process WHERE key = ?", (key,)).fetchone()
            return str(said[0])
        process, attempt = self.process(key)
        return _folder(process, attempt)

    @cached_property
    def _columns(self) -> set[str]:
        """Plans of before 2026-11-27 say no folders: each was that of the plan's own version."""
        return {name for _, name, *_ in self._db.execute("PRAGMA table_info(process)")}

    @cached_property
    def chunks(self) -> Chunks:
        """What one job makes of the plan; their markers lie below the round's own folder."""
        return Chunks(self._db, f"chunks/{int(self.meta['round'])}")


def signature_of(value: Any) -> Signature:
    """Return a signature that was written as JSON."""
    name, identities = value
    return name, tuple(
        (signature_of(one[0]), one[1]) if isinstance(one, list) else int(one) for one in identities
    )
