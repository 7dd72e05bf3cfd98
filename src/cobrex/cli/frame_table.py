"""Frames as a table, CSV, JSON, VOTable."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError

from . import output

if TYPE_CHECKING:
    from sqlalchemy import Connection

EVERYTHING: tuple[str, ...] = ()
PATH = "path"
_UNITS = {"_deg": "deg", "_s": "s", "_arcsec": "arcsec", "mjd_obs": "d"}
_JSON_COLUMNS = "instrument_columns"


def choose(
    connection: Connection, rows: list[dict[str, Any]], asked: str, default: Sequence[str]
) -> list[str]:
    """Return the columns to show; those of an instrument and paths become keys of the rows.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    rows : list of dict
        From `find_frames`; changed in place.
    asked : str
        Names by comma; empty for the default.
    default : sequence of str
        Shown when nothing is asked for; empty for all standard columns.

    Returns
    -------
    list of str

    Raises
    ------
    UsageError
        Kind ``unknown-column``; the near miss is offered.
    """
    from cobrex_db.query import COLUMNS

    standard = [name for name in COLUMNS if name != _JSON_COLUMNS]
    names = [name.strip() for name in asked.split(",") if name.strip()]
    if not names:
        return list(default) or standard
    special = [n for n in names if n not in standard and n != PATH]
    if special:
        _check(special, rows, standard)
    for row in rows:
        row.update((name, row[_JSON_COLUMNS].get(name)) for name in special)
    if PATH in names:
        _add_paths(connection, rows)
    return names


def _check(names: Sequence[str], rows: list[dict[str, Any]], standard: list[str]) -> None:
    from cobrex_db.near_miss import near_or_all

    known = {key for row in rows for key in row[_JSON_COLUMNS]}
    if not known.issuperset(names):
        from cobrex import instruments

        # a column may be empty in these frames, and still be one
        known |= instruments.load().columns
    for name in names:
        if name not in known:
            raise UsageError(
                f"no column is called {name!r}",
                kind="unknown-column",
                hint=near_or_all(name, [*standard, PATH, *known], "columns"),
            )


def _add_paths(connection: Connection, rows: list[dict[str, Any]]) -> None:
    from cobrex_db.frame_lookup import paths_of

    paths = paths_of(connection, [row["frame_id"] for row in rows])
    for row in rows:
        row[PATH] = paths.get(row["frame_id"])


def print_table(rows: list[dict[str, Any]], columns: Sequence[str], total: int, hint: str) -> None:
    """Print a table for people, and below it how many frames there are."""
    if not rows:
        output.say("no frames", *([hint] if hint else []))
        return
    output.table(rows, columns)
    count = f"{total:,} frame{'' if total == 1 else 's'}"
    output.say(
        count
        if len(rows) == total
        else f"{len(rows):,} of {count}, the latest; all of them: --limit 0"
    )


def print_plain(
    rows: list[dict[str, Any]], columns: Sequence[str], *, as_json: bool, narrowed: bool
) -> None:
    """Print JSON (all keys unless narrowed) or CSV; nothing is rounded."""
    if narrowed or not as_json:
        rows = [{name: row[name] for name in columns} for row in rows]
    output.emit(rows, columns, as_json=as_json, as_csv=not as_json)


def print_votable(rows: list[dict[str, Any]], columns: Sequence[str]) -> None:
    """Print a VOTable with units; what is missing is masked."""
    from astropy.io.votable import from_table, writeto
    from astropy.table import MaskedColumn, Table

    from cobrex_db.query import COLUMNS, kind_of

    table = Table()
    for name in columns:
        values = [row[name] for row in rows]
        kind = kind_of(name) if name in COLUMNS else _kind(values)
        filled = [kind() if v is None else output.exact(v) if kind is str else v for v in values]
        table[name] = MaskedColumn(
            filled, dtype=kind, mask=[v is None for v in values], unit=_unit(name)
        )
    writeto(from_table(table), sys.stdout.buffer)


def _kind(values: list[Any]) -> type:
    """Return the type of a column that only an instrument has."""
    kinds = {type(v) for v in values if v is not None}
    if kinds == {int}:
        return int
    return float if kinds and kinds <= {int, float} else str


def _unit(name: str) -> str | None:
    return next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), None)
