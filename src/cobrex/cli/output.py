"""How answers are printed: a table for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

Row = dict[str, Any]
# JSON itself escapes only those below a blank
_STEERING = re.compile("[\x7f-\x9f]")
_GAP = re.compile(r"(?:^|\S) {2,}(?=\S)|^ +(?=\S)")


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
        writer.writerows([[exact(row.get(c)) for c in columns] for row in rows])
    else:
        table(rows, columns, title=title)


def emit_json(value: Any) -> None:
    """Print a value as JSON; dates in ISO form, what would steer a terminal escaped."""
    text = json.dumps(value, indent=2, default=exact, ensure_ascii=False)
    sys.stdout.write(_STEERING.sub(lambda m: f"\\u{ord(m[0]):04x}", text) + "\n")


def table(rows: Sequence[Row], columns: Sequence[str], *, title: str = "") -> None:
    """Print a table that fits the terminal."""
    from .grid import grid

    cells = [[cell(row.get(c)) for c in columns] for row in rows]
    numeric = [
        any(
            isinstance(row.get(c), int | float) and not isinstance(row.get(c), bool) for row in rows
        )
        for c in columns
    ]
    heads = [c.replace("_", " ") for c in columns]
    if title:
        say(title)
    none = [] if rows else ["(none)"]
    say(*grid(heads, cells, right=numeric, width=terminal_width()), *none, "")


def say(*lines: str) -> None:
    """Print lines; on a terminal those that are too wide go on below their text."""
    width = terminal_width()
    for line in map(printable, lines):
        sys.stdout.write((line if width is None else _wrapped(line, width)) + "\n")


def note(*lines: str) -> None:
    """Print lines beside the answer, where they do not get into a pipe."""
    for line in lines:
        sys.stderr.write(f"{printable(line)}\n")
    sys.stderr.flush()


def counted(number: int, word: str) -> str:
    """Return ``1 version``, ``2 versions``."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """Return text without what would steer a terminal: titles, names, reasons are anybody's."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)


def terminal_width() -> int | None:
    """Return the columns of the terminal; None in a pipe: nothing is folded away from grep."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _wrapped(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    # the text of `label   text` begins after the last wide gap near the left edge
    gap = max((m.end() for m in _GAP.finditer(line[: width // 3])), default=0)
    if " " not in line[gap:]:  # a path stays beside its label
        return line
    return "\n".join(
        textwrap.wrap(
            line,
            width,
            subsequent_indent=" " * gap,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
        )
    )


def exact(value: Any) -> str:
    """Return a value as text from which it can be read back: programs want it unrounded."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else cell(value)


def cell(value: Any) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep="T", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


Progress = Callable[[int, int], None]
