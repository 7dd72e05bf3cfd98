"""The index's file: rows that vouch for themselves, so that whatever befalls it is noticed."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .thing import Name

FORMAT = 1
# what making a thing of a row raises that was laid out otherwise
UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, OverflowError)
_BUSY_S = 5.0
_COLUMNS = "SELECT kind, namespace, name, stamp, sum, body FROM thing"
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS thing (
    kind TEXT, namespace TEXT, name TEXT, stamp TEXT, sum INTEGER, body TEXT,
    PRIMARY KEY (kind, namespace, name));
PRAGMA user_version = {FORMAT};
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of a thing.

    Attributes
    ----------
    stamp : str
        State of the refs it was read from.
    body : object
        Plain lists and dicts.
    """

    stamp: str
    body: Any


class Shelf:
    """Rows by name, in one SQLite file that many processes of one host use at once.

    Nothing raises: what cannot be read is absent, what cannot be written is not kept. There is no
    fsync: each row bears a check sum, so what a power cut spoils is absent as well.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder exists when it may be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._made_by = 0
        self._ready = False

    def get(self, name: Name) -> Row | None:
        """Return the row of one name."""
        where = "WHERE kind = ? AND namespace = ? AND name = ?"
        return self._select(where, name).get(name)

    def all(self, kind: str) -> dict[Name, Row]:
        """Return all rows of a kind."""
        return self._select("WHERE kind = ?", (kind,))

    def some(self, names: Iterable[Name]) -> dict[Name, Row]:
        """Return the rows of some names of one kind and namespace."""
        wanted = list(names)
        if not wanted:
            return {}
        where = ("WHERE kind = ? AND namespace = ? "
                 "AND name IN (SELECT value FROM json_each(?))")  # fmt: skip
        return self._select(where, (*wanted[0][:2], json.dumps([name for _, _, name in wanted])))

    def put(self, rows: Iterable[tuple[Name, Row]]) -> None:
        """Keep rows, together or not at all."""
        values = []
        for name, row in rows:
            body = json.dumps(row.body, separators=(",", ":"), ensure_ascii=False)
            values.append((*name, row.stamp, _sum(name, row, body), body))
        if not values:
            return
        with self._lock, suppress(sqlite3.Error):
            try:
                self._put(values)
            except sqlite3.OperationalError:
                self._drop()  # busy, full or not writable: the next one keeps it
            except sqlite3.DatabaseError:
                self._drop(remove=True)
                self._put(values)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._drop()

    def remove(self) -> None:
        """Remove the file."""
        with self._lock:
            self._drop(remove=True)

    def _put(self, values: Sequence[tuple[Any, ...]]) -> None:
        connection = self._open(writing=True)
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany("INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?, ?, ?)", values)
            connection.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _select(self, where: str, values: Sequence[str]) -> dict[Name, Row]:
        query = f"{_COLUMNS} {where}"
        with self._lock:
            try:
                found = self._open().execute(query, values).fetchall()
            except sqlite3.OperationalError:
                self._drop()
                return {}
            except sqlite3.DatabaseError:
                self._drop(remove=True)
                return {}
        rows = {}
        for *words, stamp, check, body in found:
            name = (words[0], words[1], words[2])
            with suppress(ValueError, TypeError, AttributeError):
                row = Row(stamp, None)
                if _sum(name, row, body) == check:
                    rows[name] = replace(row, body=json.loads(body))
        return rows

    def _open(self, *, writing: bool = False) -> sqlite3.Connection:
        if self._connection is not None and self._made_by != os.getpid():
            self._connection = None  # SQLite's locks do not pass through a fork
        if self._connection is None:
            self._connection = self._connect("rwc" if writing else "rw")
            self._made_by, self._ready = os.getpid(), False
        if writing and not self._ready:
            self._prepare(self._connection)
            self._ready = True
        return self._connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.as_uri()}?mode={mode}", uri=True, isolation_level=None,
            timeout=_BUSY_S, check_same_thread=False,
        )  # fmt: skip

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = TRUNCATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            connection.execute("DROP TABLE IF EXISTS thing")
            connection.executescript(_SCHEMA)
            with suppress(OSError):
                self.path.chmod(self.path.parent.stat().st_mode & 0o664)

    def _drop(self, *, remove: bool = False) -> None:
        if self._connection is not None and self._made_by == os.getpid():
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None
        if remove:
            for suffix in ("-journal", ""):
                with suppress(OSError):
                    Path(f"{self.path}{suffix}").unlink()


def _sum(name: Name, row: Row, body: str) -> int:
    words = (*name, row.stamp, str(FORMAT), body)
    return zlib.crc32("\0".join(words).encode())
