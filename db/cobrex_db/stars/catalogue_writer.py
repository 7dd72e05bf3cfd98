"""Writes stars of catalogues beside and over those that are known already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from cobrex_db.errors import CatalogueError
from cobrex_db.schema import alias, star

from .merge import merge_stars
from .names import normal_form
from .register import Entry

CrossmatchedStar = tuple[Entry, tuple[str, ...]]

_CHUNK = 20_000
_RANK = {"simbad": 3, "hip2": 2, "bsc5": 1}
_COLUMNS = (
    "identifier", "ra_deg", "dec_deg", "pm_ra_masyr", "pm_dec_masyr", "parallax_mas",
    "magnitude_v", "source",
)  # fmt: skip


@dataclass(slots=True)
class Written:
    """What was new in the catalogue.

    Attributes
    ----------
    added, updated, joined : int
        Stars that are new, that got other values, that were two and are one.
    names : int
        Names that are new.
    """

    added: int = 0
    updated: int = 0
    joined: int = 0
    names: int = 0


class CatalogueWriter:
    """Writes stars into a catalogue that may know some of them.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction, in which nothing else is written meanwhile.
    show : callable
        Gets rows written and rows in all.
    """

    def __init__(self, connection: Connection, show: Callable[[int, int], None]) -> None:
        self._connection = connection
        self._done = Written()
        self._show = show
        self._known = {row.star_id: dict(row._mapping) for row in connection.execute(select(star))}
        self._bearers: dict[str, list[int]] = {}
        rows = connection.execute(
            select(alias.c.name_key, alias.c.star_id).order_by(alias.c.star_id)
        )
        for key, star_id in rows.tuples():
            self._bearers.setdefault(key, []).append(star_id)
        self._taken = {row["identifier"] for row in self._known.values()}
        self._claimed: set[int] = set()

    def write(self, stars: Sequence[CrossmatchedStar]) -> Written:
        """Write stars and names.

        Parameters
        ----------
        stars : sequence of (Entry, tuple of str)
            Each with the normal forms that are its own and no other's.

        Returns
        -------
        Written

        Raises
        ------
        CatalogueError
            Of kind ``ambiguous-star`` when another star has each name for its identifier.
        """
        ids = [self._find(own) for _, own in stars]
        changes: list[dict[str, Any]] = []
        new: list[dict[str, Any]] = []
        for (entry, own), star_id in zip(stars, ids, strict=True):
            if star_id is None:
                new.append({"identifier": self._free(own), **entry.measured()})
            elif change := self._change(star_id, entry, own):
                changes.append(change)
        self._done.added, self._done.updated = len(new), len(changes)
        total = len(new) + len(changes)
        self._execute(insert(star), new, 0, total)
        if changes:
            columns: dict[str, Any] = {c: bindparam(f"new_{c}") for c in _COLUMNS}
            query = update(star).where(star.c.star_id == bindparam("of")).values(columns)
            self._execute(query, changes, len(new), total)
        self._name(stars, ids, [row["identifier"] for row in new])
        return self._done

    def _find(self, own: tuple[str, ...]) -> int | None:
        """Return the known star of these names; several become one."""
        found = {s for key in own for s in self._bearers.get(key, ())} - self._claimed
        if not found:
            return None
        kept = min(found)
        for gone in sorted(found - {kept}):
            merge_stars(self._connection, kept, gone)
            self._done.joined += 1
            self._taken.discard(self._known.pop(gone)["identifier"])
            for bearers in self._bearers.values():
                if gone in bearers:
                    bearers.remove(gone)
                    bearers.extend([kept] if kept not in bearers else [])
        self._claimed.add(kept)
        return kept

    def _free(self, own: tuple[str, ...]) -> str:
        identifier = next((key for key in own if key not in self._taken), None)
        if identifier is None:
            raise CatalogueError(
                f"every name of {own[0]} is another star's identifier",
                hint=f"look at `cobrex star show {own[0]!r}`", kind="ambiguous-star",
            )  # fmt: skip
        self._taken.add(identifier)
        return identifier

    def _change(self, star_id: int, entry: Entry, own: tuple[str, ...]) -> dict[str, Any] | None:
        old = self._known[star_id]
        new: dict[str, Any] = dict(old)
        if entry.ra_deg is not None and _rank(entry.source) >= _rank(old["source"]):
            new.update(entry.measured())
        # what only one of them knows
        for column, value in entry.measured().items():
            if new[column] is None or value is None:
                new[column] = old[column] if value is None else value
        if old["identifier"] != own[0]:
            self._taken.discard(old["identifier"])
            new["identifier"] = self._free((*own, old["identifier"]))
        if new == old:
            return None
        return {"of": star_id, **{f"new_{c}": new[c] for c in _COLUMNS}}

    def _name(
        self, stars: Sequence[CrossmatchedStar], ids: list[int | None], new: list[str]
    ) -> None:
        made = dict(
            self._connection.execute(select(star.c.identifier, star.c.star_id)).tuples().all()
        )
        fresh = iter(new)
        rows = []
        for (entry, _), known in zip(stars, ids, strict=True):
            star_id = made[next(fresh)] if known is None else known
            for key, name in {normal_form(name): name for name in entry.aliases}.items():
                if star_id not in self._bearers.get(key, ()):
                    rows.append({"star_id": star_id, "name": name, "name_key": key,
                                 "source": entry.source})  # fmt: skip
        rows.sort(key=lambda row: row["name_key"])  # an index grows fastest in order
        self._done.names = len(rows)
        self._execute(insert(alias), rows, 0, len(rows))

    def _execute(self, query: Any, rows: list[dict[str, Any]], done: int, total: int) -> None:
        for start in range(0, len(rows), _CHUNK):
            some = rows[start : start + _CHUNK]
            self._connection.execute(query, some)
            self._show(done + start + len(some), total)


def _rank(source: str) -> int:
    return _RANK.get(source, 0)
