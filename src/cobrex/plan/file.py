"""plan.sqlite: one round's plan, written once, then only read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cobrex.errors import PlanError

from .model import Plan, PlannedInput, PlannedProcess, RecipeUse

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE recipe (recipe_id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL,
                     uses TEXT NOT NULL);
CREATE TABLE process (key TEXT PRIMARY KEY, recipe_id INTEGER NOT NULL, attempt INTEGER NOT NULL,
                      folder TEXT NOT NULL, level INTEGER NOT NULL, wanted INTEGER NOT NULL,
                      labels TEXT NOT NULL, series TEXT NOT NULL, main_frames TEXT NOT NULL);
CREATE TABLE input (key TEXT NOT NULL, position INTEGER NOT NULL, value TEXT NOT NULL,
                    PRIMARY KEY (key, position)) WITHOUT ROWID;
CREATE TABLE gap (recipe TEXT, main TEXT, message TEXT, hint TEXT);
"""


def write_plan(
    path: Path,
    plan: Plan,
    *,
    attempts: Mapping[str, int],
    reused: Mapping[str, str],
    meta: dict[str, Any],
) -> None:
    """Write a plan; the file appears whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
    plan : Plan
    attempts : mapping of str to int
        Number of the attempt to make, or to read, by key.
    reused : mapping of str to str
        What is done already, inputs for others, no targets: keys, and where the attempt lies.
    meta : dict
        ``store``, ``batch``, ``user`` ...
    """
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial)) as db, db:
        db.executescript(_SCHEMA)
        db.executemany(
            "INSERT INTO meta VALUES (?, ?)", [(k, json.dumps(v)) for k, v in meta.items()]
        )
        recipes = _recipe_rows(db, plan)
        for p in plan.processes:
            db.execute(
                "INSERT INTO process VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    p.key,
                    recipes[id(p.recipe)],
                    attempts[p.key],
                    reused.get(p.key) or _folder(p, attempts[p.key]),
                    p.level,
                    p.key not in reused,
                    json.dumps(dict(p.labels)),
                    p.series,
                    json.dumps(p.main_frames),
                ),
            )
            db.executemany(
                "INSERT INTO input VALUES (?, ?, ?)",
                [(p.key, n, json.dumps(asdict(i))) for n, i in enumerate(p.inputs)],
            )
        db.executemany(
            "INSERT INTO gap VALUES (?, ?, ?, ?)",
            [(g.recipe, g.main, g.message, g.hint) for g in plan.gaps],
        )
    partial.chmod(0o444)
    partial.replace(path)


def _folder(process: PlannedProcess, attempt: int) -> str:
    return attempt_folder(process.recipe.name, process.recipe.version, process.key, attempt)


def _recipe_rows(db: sqlite3.Connection, plan: Plan) -> dict[int, int]:
    rows: dict[int, int] = {}
    for p in plan.processes:
        if id(p.recipe) not in rows:
            rows[id(p.recipe)] = len(rows) + 1
            db.execute(
                "INSERT INTO recipe VALUES (?, ?, ?, ?)",
                (rows[id(p.recipe)], p.recipe.name, p.recipe.version, json.dumps(asdict(p.recipe))),
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
        try:
            self._db = sqlite3.connect(f"file:{quote(str(self.path))}?mode=ro", uri=True)
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
        """The recipe versions of the plan, by their number in it."""
        rows = self._db.execute("SELECT recipe_id, uses FROM recipe ORDER BY recipe_id")
        return {number: _recipe(json.loads(uses)) for number, uses in rows}

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
        row = self._db.execute(
            "SELECT recipe_id, attempt, level, labels, series, main_frames "
            "FROM process WHERE key = ?",
            (key,),
        ).fetchone()
        if row is None:
            raise KeyError(key)
        recipe_id, attempt, level, labels, series, main = row
        process = PlannedProcess(
            key=key,
            recipe=self.recipes[recipe_id],
            inputs=tuple(self.inputs(key)),
            level=level,
            labels=json.loads(labels),
            series=series,
            main_frames=tuple(json.loads(main)),
        )
        return process, attempt

    def inputs(self, key: str) -> Iterator[PlannedInput]:
        """Yield the inputs of a process in order."""
        sql = "SELECT value FROM input WHERE key = ? ORDER BY position"
        for (value,) in self._db.execute(sql, (key,)):
            yield PlannedInput(**json.loads(value))

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

    def targets(self) -> list[str]:
        """Return the records of all processes that are to be made."""
        return [self.record(key) for key in self.members()]


def _recipe(uses: dict[str, Any]) -> RecipeUse:
    return RecipeUse(**{**uses, "options": tuple(uses["options"])})
