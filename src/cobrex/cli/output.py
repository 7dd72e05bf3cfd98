"""How answers are printed: a table for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

Row = dict[str, Any]


def emit(
    rows: Iterable[Row],
    columns: Sequence[str],
    *,
    as_json: bool = False,
    as_csv: bool = False,
    title: str = "",
) -> None:
    """Print rows in the form asked for.

    Parameters
    ----------
    rows : iterable of dict
        One dict a row.
    columns : sequence of str
        Which keys the table and the CSV show, in order; JSON shows all.
    as_json, as_csv : bool
        JSON or CSV instead of a table.
    title : str
        Caption of the table.
    """
    rows = list(rows)
    if as_json:
        emit_json(rows)
    elif as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows([[cell(row.get(c)) for c in columns] for row in rows])
    else:
        table(rows, columns, title=title)


def emit_json(value: Any) -> None:
    """Print a value as JSON; dates in ISO form."""
    json.dump(value, sys.stdout, indent=2, default=cell, ensure_ascii=False)
    sys.stdout.write("\n")


def table(rows: Sequence[Row], columns: Sequence[str], *, title: str = "") -> None:
    """Print a table that fits the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    view = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        numeric = any(isinstance(row.get(column), int | float) for row in rows)
        view.add_column(
            column.replace("_", " "), justify="right" if numeric else "left", overflow="fold"
        )
    for row in rows:
        # names and paths are no markup, whatever brackets they hold
        view.add_row(*(Text(cell(row.get(c))) for c in columns))
    # a pipe has no width: wide enough that nothing is folded away from grep
    console = Console() if sys.stdout.isatty() else Console(width=240)
    console.print(view, markup=False) if not rows else console.print(view)


def say(*lines: str) -> None:
    """Print plain lines."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def cell(value: Any) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep="T", timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


Progress = Callable[[int, int], None]
