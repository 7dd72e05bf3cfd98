"""The chunks of a plan in plan.sqlite: what Snakemake and the runner ask."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from .chunk import Chunk
from .model import Plan
from .needs import Needs

SCHEMA = """
CREATE TABLE chunk (chunk INTEGER PRIMARY KEY, rule TEXT NOT NULL, needs TEXT NOT NULL);
CREATE TABLE member (chunk INTEGER NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL,
                     needs TEXT NOT NULL, PRIMARY KEY (chunk, position)) WITHOUT ROWID;
CREATE INDEX member_key ON member (key);
CREATE TABLE after (chunk INTEGER NOT NULL, before INTEGER NOT NULL,
                    PRIMARY KEY (chunk, before)) WITHOUT ROWID;
"""


def write_chunks(db: sqlite3.Connection, plan: Plan, chunks: Sequence[Chunk]) -> None:
    """Write the chunks of a plan, and which wait for which.

    Parameters
    ----------
    db : sqlite3.Connection
        With `SCHEMA`.
    plan : Plan
    chunks : sequence of Chunk
    """
    at = {key: one.number for one in chunks for key in one.keys}
    versions = {p.key: (p.recipe.name, p.recipe.version) for p in plan.processes}
    kinds = {one.number: (*versions[one.keys[0]], one.needs.place.named) for one in chunks}
    names = _rule_names(kinds.values())
    text = _Texts()
    db.executemany(
        "INSERT INTO chunk VALUES (?, ?, ?)",
        ((c.number, names[kinds[c.number]], text.of(c.needs)) for c in chunks),
    )
    db.executemany(
        "INSERT INTO member VALUES (?, ?, ?, ?)",
        (
            (c.number, position, key, text.of(needs))
            for c in chunks
            for position, (key, needs) in enumerate(zip(c.keys, c.each, strict=True))
        ),
    )
    edges = {
        (at[p.key], at[i.producer])
        for p in plan.processes
        if p.key in at
        for i in p.inputs
        if i.producer in at
    }
    db.executemany("INSERT INTO after VALUES (?, ?)", sorted(edges))


class _Texts:
    """The needs of thousands are the same few objects, which outlive this."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def of(self, needs: Needs) -> str:
        if id(needs) not in self._known:
            self._known[id(needs)] = json.dumps(needs.as_plain())
        return self._known[id(needs)]


_Kind = tuple[str, str, tuple[str, ...]]  # recipe, version, what its place names


def _rule_names(kinds: Iterable[_Kind]) -> dict[_Kind, str]:
    return {
        kind: f"{kind[0].replace('/', '_')}_{number}"
        for number, kind in enumerate(dict.fromkeys(kinds), 1)
    }


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk as it is read.

    Attributes
    ----------
    number : int
    rule : str
        Name of the Snakemake rule that makes it.
    needs : Needs
    """

    number: int
    rule: str
    needs: Needs


@cache
def _needs(text: str) -> Needs:
    return Needs.from_plain(json.loads(text))


class Chunks:
    """The chunks of a plan, asked lazily.

    Parameters
    ----------
    db : sqlite3.Connection
        Of a written plan.
    folder : str
        Where the markers of this plan's round go, relative to Snakemake's directory.
    """

    def __init__(self, db: sqlite3.Connection, folder: str) -> None:
        self._db = db
        self.folder = folder

    def rules(self) -> dict[str, tuple[str, ...]]:
        """Return the rules, those of lower levels first, with what their places name."""
        rows = self._db.execute(
            "SELECT rule, needs, min(chunk) FROM chunk GROUP BY rule ORDER BY min(chunk)"
        )
        return {rule: _needs(needs).place.named for rule, needs, _ in rows}

    def count(self) -> int:
        """Return how many there are."""
        return int(self._db.execute("SELECT count(*) FROM chunk").fetchone()[0])

    def chunk(self, number: int) -> ChunkRow:
        """Return one chunk.

        Raises
        ------
        KeyError
            When the plan has no such chunk.
        """
        row = self._db.execute(
            "SELECT rule, needs FROM chunk WHERE chunk = ?", (int(number),)
        ).fetchone()
        if row is None:
            raise KeyError(number)
        return ChunkRow(int(number), row[0], _needs(row[1]))

    def members(self, number: int) -> list[str]:
        """Return the keys of a chunk in the order in which they are made."""
        sql = "SELECT key FROM member WHERE chunk = ? ORDER BY position"
        return [key for (key,) in self._db.execute(sql, (int(number),))]

    def needs(self, key: str) -> Needs:
        """Return what a process may use.

        Raises
        ------
        KeyError
            When it is not to be made.
        """
        row = self._db.execute("SELECT needs FROM member WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return _needs(row[0])

    def marker(self, rule: str, number: int | str) -> str:
        """Return the file that says a chunk was worked through."""
        return f"{self.folder}/{rule}/{number}"

    def markers(self) -> list[str]:
        """Return the markers of all chunks."""
        rows = self._db.execute("SELECT rule, chunk FROM chunk ORDER BY chunk")
        return [self.marker(rule, number) for rule, number in rows]

    def before(self, number: int) -> list[str]:
        """Return the markers of the chunks that make the inputs of one."""
        rows = self._db.execute(
            "SELECT rule, before FROM after JOIN chunk ON chunk.chunk = before "
            "WHERE after.chunk = ? ORDER BY before",
            (int(number),),
        )
        return [self.marker(rule, before) for rule, before in rows]
