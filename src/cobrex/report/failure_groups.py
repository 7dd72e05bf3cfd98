"""Failures that are alike, put together: same recipe, same cause, and but for names same words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_REST = 4_000
# a path, a file, an address in memory, a key, a node or frame by its number, a number
_NAMES = re.compile(
    r"(?P<path>(?<![\w/])(?:~|\.{1,2})?/[^\s'\"`,;:()\[\]<>]+)"
    r"|(?P<file>[\w.+:-]*\.(?:fits|fit|json|yaml|yml|py|txt|log|sof|dat|csv|npy|Z|gz)\b[\w.]*)"
    r"|(?P<hex>\b0x[0-9a-fA-F]+\b|\b[0-9a-f]{8,}\b)"
    r"|(?P<key>(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{8,}(?![\w-]))"
    r"|(?P<number>[-+]?(?:\d+(?:\.\d*)*|\.\d+)(?:[eE][-+]?\d+)?)"
)


def signature(message: str) -> str:
    """Return a message without what differs from one failure to the next.

    Parameters
    ----------
    message : str

    Returns
    -------
    str
        One line; ``…`` for paths, files, keys, hexadecimal words, ``#`` for numbers.
    """
    line = " ".join(message[:_REST].split())
    return _NAMES.sub(lambda found: "#" if found["number"] else "…", line)


@dataclass(frozen=True, slots=True)
class Failed:
    """One process without usable products, or several that say the same.

    Attributes
    ----------
    recipe : str
        ``name@version``.
    cause, message, star, key : str
        Star empty when it has none; the key of one of them.
    count : int
    """

    recipe: str
    cause: str
    message: str
    star: str
    key: str
    count: int = 1


@dataclass(slots=True)
class Group:
    """Failures that are alike.

    Attributes
    ----------
    recipe, cause, signature : str
    message, key : str
        What one of them says, and which.
    count : int
    stars : set of str
    """

    recipe: str
    cause: str
    signature: str
    message: str
    key: str
    count: int = 0
    stars: set[str] = field(default_factory=set)

    @property
    def words(self) -> str:
        """What all of them say; of one alone all that it says."""
        return " ".join(self.message.split()) if self.count == 1 else self.signature


def grouped(failures: Iterable[Failed]) -> list[Group]:
    """Put failures together by recipe, cause and signature.

    Parameters
    ----------
    failures : iterable of Failed

    Returns
    -------
    list of Group
        The largest first.
    """
    found: dict[tuple[str, str, str], Group] = {}
    for one in failures:
        said = signature(one.message)
        group = found.setdefault(
            (one.recipe, one.cause, said), Group(one.recipe, one.cause, said, one.message, one.key)
        )
        group.count += one.count
        group.stars |= {one.star} - {""}
    return sorted(found.values(), key=lambda g: (-g.count, g.recipe, g.cause, g.signature))
