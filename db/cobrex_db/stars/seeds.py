"""Well-known targets that every catalogue knows without a download."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, select, update

from cobrex_db.schema import alias, star

from .names import normal_form
from .register import Entry, add_aliases, add_star

_FILE = Path(__file__).with_name("seeds.csv")


@cache
def read_seeds() -> tuple[Entry, ...]:
    """Return the built-in table of targets.

    Positions at epoch 2000.0 are from Hipparcos (``hip2``), from an observation's header, or from
    a 2MASS name, as ``source`` says.

    Returns
    -------
    tuple of Entry

    References
    ----------
    van Leeuwen 2007, A&A 474, 653 (I/311); Hoffleit & Warren 1991, Bright Star Catalogue (V/50).
    """
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(map(_seed, csv.DictReader(stream)))


def _seed(row: dict[str, str]) -> Entry:
    def number(column: str) -> float | None:
        return float(row[column]) if row[column] else None

    return Entry(
        identifier=row["identifier"],
        ra_deg=number("ra_deg"),
        dec_deg=number("dec_deg"),
        pm_ra_masyr=number("pm_ra_masyr"),
        pm_dec_masyr=number("pm_dec_masyr"),
        parallax_mas=number("parallax_mas"),
        magnitude_v=number("magnitude_v"),
        source=row["source"],
        aliases=tuple(row["aliases"].split("|")),
    )


def ensure_seeds(connection: Connection) -> int:
    """Make sure that the built-in targets are in the catalogue.

    One query when they are. A star that only a header told of gets position and proper motion.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.

    Returns
    -------
    int
        How many targets were added or completed.
    """
    keys = {seed: tuple(map(normal_form, seed.aliases)) for seed in read_seeds()}
    wanted = {key for some in keys.values() for key in some}
    rows = connection.execute(
        select(alias.c.name_key, alias.c.star_id)
        .where(alias.c.name_key.in_(wanted))
        .order_by(alias.c.star_id.desc())
    )
    known: dict[str, int] = dict(rows.tuples().all())
    lacking = [seed for seed, some in keys.items() if any(key not in known for key in some)]
    for seed in lacking:
        star_id = next((known[key] for key in keys[seed] if key in known), None)
        if star_id is None:
            add_star(connection, seed)
        else:
            _complete(connection, star_id, seed)
    return len(lacking)


def _complete(connection: Connection, star_id: int, seed: Entry) -> None:
    if seed.source != "header":
        connection.execute(
            update(star)
            .where(star.c.star_id == star_id, star.c.source == "header")
            .values(seed.measured())
        )
    add_aliases(connection, star_id, seed.aliases, seed.source)
