"""Stamps: what tells, without git, that refs are what they were when they were read."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cobrex_registry.errors import RegistryError

from .thing import Name, is_name

# a file system may tell times only to 2 s (FAT, some network mounts): what is younger than that
# when it is read may change again without its time changing
GRANULARITY_NS = 2_000_000_000
_PACKED = re.compile(rb"^[0-9a-f]{40} refs/tags/([^/\n]+)/([^/\n]+)/([^/\n]+)/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stamp:
    """The state of the files that refs were read from.

    Attributes
    ----------
    text : str
        Equal for equal states.
    newest_ns : int
        Latest change of any of them, in the file system's time.
    """

    text: str
    newest_ns: int

    def settled(self, now_ns: int) -> bool:
        """Tell whether, at a time of the file system, every later change must show in it."""
        return self.newest_ns > 0 and self.newest_ns + GRANULARITY_NS < now_ns


class Refs:
    """The refs of one repository as files, looked at once.

    Parameters
    ----------
    repository : pathlib.Path
        Bare.
    """

    def __init__(self, repository: Path) -> None:
        self.path = str(repository)
        self.packed = _state([f"{self.path}/packed-refs"])
        self._channels = sorted(_names(f"{self.path}/refs/channels"))

    def stamp(self, name: Name) -> Stamp:
        """Return the stamp of one thing."""
        path = "/".join(name)
        own = _state(
            [f"{self.path}/refs/tags/{path}", f"{self.path}/refs/status/{path}",
             *(f"{self.path}/refs/channels/{one}/{path}" for one in self._channels)]
        )  # fmt: skip
        channels = ",".join(self._channels)
        return Stamp(
            f"{self.packed.text};{own.text};{channels}",
            max(self.packed.newest_ns, own.newest_ns),
        )

    def loose(self, kind: str) -> set[Name]:
        """Return the things of a kind that have a folder of loose refs."""
        top = f"{self.path}/refs/tags/{kind}"
        found = {(kind, ns, name) for ns in _names(top) for name in _names(f"{top}/{ns}")}
        return {name for name in found if is_name(name)}

    def packed_names(self) -> set[Name]:
        """Return the things that have packed refs."""
        try:
            data = Path(self.path, "packed-refs").read_bytes()
        except FileNotFoundError:
            return set()
        found = {tuple(word.decode("utf-8", "replace") for word in words)
                 for words in set(_PACKED.findall(data))}  # fmt: skip
        return {(a, b, c) for a, b, c in found if is_name((a, b, c))}


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 -- names, not paths: this is the hot place
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error


def _state(paths: Sequence[str]) -> Stamp:
    words, newest = [], 0
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116 -- this is the hot place
        except (FileNotFoundError, NotADirectoryError):
            words.append("-")
            continue
        except OSError as error:
            raise _unreadable(path, error) from error
        words.append(f"{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}:{found.st_size}")
        newest = max(newest, found.st_mtime_ns, found.st_ctime_ns)
    return Stamp(",".join(words), newest)


def _unreadable(path: str, error: OSError) -> RegistryError:
    return RegistryError(
        f"{path} cannot be read: {error.strerror or error}",
        hint="see that you may read the registry, or point COBREX_STORE elsewhere",
    )
