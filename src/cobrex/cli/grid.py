"""Plain tables for a terminal: rich costs a tenth of a second at every start, this nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

GAP = "  "
_NARROWEST = 8
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
        Widest line; the widest columns are folded until all fits. None for no limit.

    Returns
    -------
    list of str
        Head, rule, rows; no trailing blanks.
    """
    table = [[_clean(text) for text in line] for line in (heads, *rows)]
    widths = [max(_width(text) for text in column) for column in zip(*table, strict=True)]
    if width is not None:
        _shrink(widths, [_longest_word(column) for column in zip(*table, strict=True)], width)
    lines = [line for row in table for line in _lines(row, widths, right)]
    after_head = len(_lines(table[0], widths, right))
    lines.insert(after_head, GAP.join("─" * w for w in widths))
    return lines


def _shrink(widths: list[int], words: Sequence[int], width: int) -> None:
    """Narrow the widest columns: texts first, down to their words; names only when they must."""
    over = sum(widths) + len(GAP) * (len(widths) - 1) - width
    for least in (words, [_NARROWEST] * len(widths)):
        while over > 0:
            spare = [now if now > low else 0 for now, low in zip(widths, least, strict=True)]
            if not any(spare):
                break
            widths[spare.index(max(spare))] -= 1
            over -= 1


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
