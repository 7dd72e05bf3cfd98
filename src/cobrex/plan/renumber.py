"""A written plan with the numbers that its frames have in another catalogue."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote


def numbered(path: Path) -> dict[int, str]:
    """Return the contents of the catalogued frames of a plan by their numbers in it.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict of int to str
        Empty for a plan of before 2026-11-28, which does not tell.

    Raises
    ------
    sqlite3.Error
        It is no plan.
    """
    with closing(_open(path)) as db:
        if "signature" not in {name for _, name, *_ in db.execute("PRAGMA table_info(process)")}:
            return {}
        sql = "SELECT DISTINCT frame_id, content_id FROM input WHERE frame_id IS NOT NULL"
        return dict(db.execute(sql).fetchall())


def renumber(path: Path, target: Path, numbers: Mapping[int, int], horizon: int) -> None:
    """Write a plan with other numbers; the file appears whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        The plan, which stays as it is.
    target : pathlib.Path
    numbers : mapping of int to int
        The new ones by the old ones; what has none gets a number that no frame has.
    horizon : int
        Greatest frame id there was.
    """
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    shutil.copyfile(path, partial)
    with closing(sqlite3.connect(partial)) as db, db:
        db.execute("PRAGMA journal_mode = OFF")
        db.create_function("renumbered", 1, lambda i: numbers.get(i, -i))
        db.create_function("all_renumbered", 1, lambda t: json.dumps(_ids(json.loads(t), numbers)))
        db.create_function("signed", 1, lambda t: json.dumps(_signature(json.loads(t), numbers)))
        db.execute("UPDATE input SET frame_id = renumbered(frame_id) WHERE frame_id IS NOT NULL")
        db.execute(
            "UPDATE process SET main_frames = all_renumbered(main_frames), "
            "signature = signed(signature)"
        )
        for name in ("excluded", "verdicts"):
            _change(db, name, lambda rows: [[_signature(r[0], numbers), *r[1:]] for r in rows])
        _change(db, "horizon", lambda _: horizon)
    partial.chmod(0o444)
    partial.replace(target)


def _change(db: sqlite3.Connection, name: str, function: Any) -> None:
    found = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    if found is not None:
        value = json.dumps(function(json.loads(found[0])))
        db.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))


def _ids(old: list[int], numbers: Mapping[int, int]) -> list[int]:
    return [numbers.get(i, -i) for i in old]


def _signature(value: Any, numbers: Mapping[int, int]) -> Any:
    """A signature as JSON; a process of a plan of old may have none."""
    if value is None:
        return None
    name, identities = value
    return [
        name,
        [
            [_signature(one[0], numbers), one[1]]
            if isinstance(one, list)
            else numbers.get(one, -one)
            for one in identities
        ],
    ]


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
