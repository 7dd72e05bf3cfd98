"""Did you mean: the known names closest to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near_miss(name: str, known: Iterable[str]) -> str:
    """Return a hint that offers the nearest names, or lists all when they are few.

    Parameters
    ----------
    name : str
        What was written.
    known : iterable of str
        What could have been meant.

    Returns
    -------
    str
        Empty when nothing is known.
    """
    names = sorted(set(known))
    close = get_close_matches(name[:80], names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(names[:20])}{' ...' if len(names) > 20 else ''}" if names else ""
