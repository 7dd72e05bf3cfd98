"""Nights as people write them."""

from __future__ import annotations

import re
from datetime import date

from .errors import CatalogueError

_NIGHT = re.compile(r"\d{4}-\d{2}-\d{2}")
_FORMS = "2020-03-07 or 2020-03-07..2020-03-14"


def parse_nights(text: str) -> tuple[date | None, date | None]:
    """Read a night or a range of nights.

    Parameters
    ----------
    text : str
        ``2020-03-07``, ``2020-03-07..2020-03-14``, ``2020-03-07..`` or ``..2020-03-14``; empty
        for every night.

    Returns
    -------
    (date or None, date or None)
        First and last night, both included; None where the range is open.

    Raises
    ------
    CatalogueError
        Kind ``query``.
    """
    if not text.strip():
        return None, None
    first, dots, last = text.strip().partition("..")
    if not dots:
        night = _night(first, text)
        return night, night
    if not first and not last:
        raise _wrong(f"night {text!r}", _FORMS)
    begin = _night(first, text) if first else None
    end = _night(last, text) if last else None
    if begin and end and begin > end:
        raise _wrong(f"nights {text}", f"the earlier one first: {end}..{begin}")
    return begin, end


def _night(word: str, text: str) -> date:
    try:
        if _NIGHT.fullmatch(word.strip()):
            return date.fromisoformat(word.strip())
    except ValueError:
        pass
    raise _wrong(f"night {text!r}", _FORMS)


def _wrong(what: str, cure: str) -> CatalogueError:
    return CatalogueError(f"cannot ask for {what}", hint=f"give {cure}", kind="query")
