"""Plain tables for a terminal: rich costs a tenth of a second at every start, this nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

GAP = "  "
_NARROWEST = 8
_LONGEST_WHOLE = 10  # a date
_PARTS = re.compile(r"(?<=[/=,_-])|(?=@)")


def grid(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[bool], width: int | None
) -> list[str]:
    """Lay cells out in columns.

    Parameters
    ----------
    heads : sequence of str
        One a column.
    rows : sequence of sequence of str
        Cells; control characters in them are shown as ``?``.
    right : sequence of bool
        Which columns are set flush right.
    width : int or None
        Widest line; empty columns are left out and the widest ones folded until all fits. None
        for no limit.

    Returns
    -------
    list of str
        Head, rule, rows; no trailing blanks.
    """
    columns = list(zip(*([_clean(text) for text in line] for line in (heads, *rows)), strict=True))
    widths = [max(_width(text) for text in column) for column in columns]
    if width is not None and rows and _total(widths) > width:
        kept = [n for n, column in enumerate(columns) if any(column[1:])]
        columns = [columns[n] for n in kept]
        widths, right = [widths[n] for n in kept], [right[n] for n in kept]
    if width is not None:
        _shrink(widths, columns, width)
    table = list(zip(*columns, strict=True))
    lines = [line for row in table for line in _lines(row, widths, right)]
    after_head = len(_lines(table[0], widths, right))
    lines.insert(after_head, GAP.join("─" * w for w in widths))
    return lines


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _shrink(widths: list[int], columns: Sequence[Sequence[str]], width: int) -> None:
    """Narrow the widest columns: texts first, down to their words; names only when they must."""
    over = _total(widths) - width
    words = [_longest_word(column) for column in columns]
    names = [
        _NARROWEST if any(map(_named, column[1:])) else word
        for column, word in zip(columns, words, strict=True)
    ]
    for least in (words, names, [_NARROWEST] * len(widths)):
        while over > 0:
            spare = [now if now > low else 0 for now, low in zip(widths, least, strict=True)]
            if not any(spare):
                break
            widths[spare.index(max(spare))] -= 1
            over -= 1


def _named(text: str) -> bool:
    """Tell whether a text may be cut; a date, a number, a short word stay whole."""
    return _width(text) > _LONGEST_WHOLE


def _longest_word(column: Sequence[str]) -> int:
    return max((_width(word) for text in column for word in text.split()), default=0)


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    folded = [_fold(text, w) for text, w in zip(row, widths, strict=True)]
    return [
        GAP.join(
            _pad(text, w, flush) for text, w, flush in zip(parts, widths, right, strict=True)
        ).rstrip()
        for parts in zip_longest(*folded, fillvalue="")
    ]


def _fold(text: str, width: int) -> list[str]:
    """Break a text, after a blank where there is one, else between the parts of a name."""
    lines = []
    while _width(text) > width:
        end = width
        while _width(text[:end]) > width:
            end -= 1
        blank = text.rfind(" ", 1, end + 1)
        end = blank if blank > 0 else _between_parts(text, end)
        lines.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*lines, text]


def _between_parts(text: str, end: int) -> int:
    cuts = (match.start() for match in _PARTS.finditer(text, end // 2, end + 1))
    return max((cut for cut in cuts if cut <= end), default=end)


def _pad(text: str, width: int, flush_right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if flush_right else text + blanks


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _clean(text: str) -> str:
    """A header's control characters must not reach the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "?" for c in text)
