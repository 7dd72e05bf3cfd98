"""Writes stars and their names into the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.sql.dml import Insert

from cobrex_db.schema import alias, star

from .names import legible, normal_form


@dataclass(frozen=True, slots=True)
class Entry:
    """A star as a source tells of it.

    Attributes
    ----------
    identifier : str
        The name it is known by: ``HR 100``.
    ra_deg, dec_deg : float or None
        ICRS at epoch 2000.0.
    pm_ra_masyr, pm_dec_masyr : float or None
        Proper motion, the first with cos(dec).
    parallax_mas, magnitude_v : float or None
        As the source gives them.
    source : str
        Where the position is from.
    aliases : tuple of str
        Names as people write them.
    """

    identifier: str
    ra_deg: float | None
    dec_deg: float | None
    pm_ra_masyr: float | None
    pm_dec_masyr: float | None
    parallax_mas: float | None
    magnitude_v: float | None
    source: str
    aliases: tuple[str, ...]

    def measured(self) -> dict[str, float | str | None]:
        """Return the columns that the source measured."""
        return {
            "ra_deg": self.ra_deg, "dec_deg": self.dec_deg, "pm_ra_masyr": self.pm_ra_masyr,
            "pm_dec_masyr": self.pm_dec_masyr, "parallax_mas": self.parallax_mas,
            "magnitude_v": self.magnitude_v, "source": self.source,
        }  # fmt: skip


def add_star(connection: Connection, entry: Entry) -> int:
    """Add a star with its names, or return the one that has the identifier already.

    Two programs may do this at once: the identifier is unique, the second finds the first's.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    entry : Entry
        The star.

    Returns
    -------
    int
        Its ``star_id``.
    """
    values = {"identifier": entry.identifier, **entry.measured()}
    connection.execute(insert_new(star).values(values))
    star_id: int = connection.execute(
        select(star.c.star_id).where(star.c.identifier == entry.identifier)
    ).scalar_one()
    add_aliases(connection, star_id, (entry.identifier, *entry.aliases), entry.source)
    return star_id


def add_aliases(connection: Connection, star_id: int, names: Iterable[str], source: str) -> None:
    """Add names to a star; those it has already stay as they are.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    star_id : int
        Whose names they are.
    names : iterable of str
        As people write them.
    source : str
        Who says so.
    """
    rows = {
        key: {"star_id": star_id, "name": legible(name), "name_key": key, "source": source}
        for name in names
        if (key := normal_form(name))
    }
    if rows:
        connection.execute(insert_new(alias), list(rows.values()))


def insert_new(table: Table) -> Insert:
    """Return an INSERT that passes over rows whose unique key exists.

    Parameters
    ----------
    table : sqlalchemy.Table
        Where to.

    Returns
    -------
    sqlalchemy.sql.dml.Insert
    """
    return (
        insert(table)
        .prefix_with("OR IGNORE", dialect="sqlite")
        .prefix_with("IGNORE", dialect="mysql")
        .prefix_with("IGNORE", dialect="mariadb")
    )
