"""Reading ahead: what a check will ask git for is asked for at once, and each object once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cobrex_registry.errors import RegistryError

from .git import Git, GitError, Objects
from .tree_hash import read_entries

_AT_ONCE = 90  # names: less than the smallest pipe holds, so git never waits for us while we wait
_LARGEST = 1 << 20
_MOST = 64 << 20
_NEXT = {
    "tag": re.compile(rb"object ([0-9a-f]{40})\n"),
    "commit": re.compile(rb"tree ([0-9a-f]{40})\n"),
}


class ReadAhead(Objects):
    """A reader of objects that remembers; what it has not read ahead it reads when asked.

    Parameters
    ----------
    git : Git
        The repository.
    """

    def __init__(self, git: Git) -> None:
        super().__init__(git)
        self._known: dict[str, tuple[str, bytes]] = {}
        self._held = 0

    def ahead(self, tags: Iterable[str]) -> None:
        """Read tags, and all that their commits hold; what is missing or large is left out.

        Parameters
        ----------
        tags : iterable of str
            Ids.
        """
        seen: set[str] = set()
        level = list(tags)
        while level:
            below: dict[str, None] = {}
            for at in range(0, len(level), _AT_ONCE):
                if self._held > _MOST:
                    return
                for sha, kind, data in self._several(level[at : at + _AT_ONCE]):
                    self._known[sha] = kind, data
                    self._held += len(data)
                    below |= dict.fromkeys(_named_in(kind, data))
            seen.update(level)
            level = [sha for sha in below if sha not in seen]

    def read(self, name: str, limit: int | None = None) -> tuple[str, bytes]:
        """Return one object: as `Objects.read`."""
        kind, data = self._known.get(name) or super().read(name, limit)
        if limit is not None and len(data) > limit:
            raise GitError(f"object {name} is larger than {limit} bytes")
        return kind, data

    def _several(self, ids: list[str]) -> Iterator[tuple[str, str, bytes]]:
        self._ask(ids)
        for sha in ids:
            try:
                yield sha, *self._answer(sha, _LARGEST)
            except GitError:
                continue  # told when it is asked for


def _named_in(kind: str, data: bytes) -> list[str]:
    """Return what an object is made of."""
    if kind == "tree":
        try:
            return [sha for _, sha, _ in read_entries(data)]
        except (RegistryError, ValueError):
            return []
    found = _NEXT[kind].match(data) if kind in _NEXT else None
    return [found[1].decode()] if found else []
