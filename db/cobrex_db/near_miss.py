"""What a mistyped word may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_AT_MOST = 12


def near(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean ...?`` with the nearest known words, or nothing.

    Parameters
    ----------
    word : str
        As typed.
    known : iterable of str
        What there is.

    Returns
    -------
    str
    """
    folded = {k.casefold(): k for k in known}
    found = get_close_matches(word.casefold(), folded, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(folded[f] for f in found)}?" if found else ""


def near_or_all(word: str, known: Iterable[str], what: str) -> str:
    """Return the nearest known words, or else what there is.

    Parameters
    ----------
    word : str
        As typed.
    known : iterable of str
        What there is.
    what : str
        Plural, such as ``filters``.

    Returns
    -------
    str
    """
    words = sorted(set(known))
    more = f" and {len(words) - _AT_MOST} more" if len(words) > _AT_MOST else ""
    listed = f"{what} there are: {', '.join(words[:_AT_MOST])}{more}" if words else f"no {what} yet"
    return near(word, words) or listed
