"""Reads what an import must know of a file: header, cards, stamp, description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .content_id import content_id
from .fits_blocks import compression, read_head
from .fits_cards import Cards, parse_cards
from .instrument import Classified, Instruments
from .known import signed
from .stamped import STAMP_KEYS, Stamp, read_stamp

BY_SET = "--set"
Given = Mapping[str, Mapping[str, Any]]


class Supplier(Protocol):
    """Says what a person supplied for a file: ``{key: {"value": ..., "source": ...}}``."""

    def __call__(self, path: str) -> Given | None:
        """Return what was supplied, or None."""


@dataclass(slots=True)
class Read:
    """A file as it was just read.

    Attributes
    ----------
    path : str
        Absolute.
    root_id, relative : int, str
        Where that is in the catalogue.
    compression : str
        Empty, ``gz`` or ``Z``.
    header_id : str
        Of its head.
    size_bytes, mtime_ns, ctime_ns, device, inode, seen_ns : int
        Of the very file that was read, and when.
    cards : Cards
        The wanted ones.
    classified : Classified
        What the header and the supplied values say.
    given : mapping or None
        What was supplied.
    stamp : Stamp or None
        Who made it, when it was made here.
    content_id : str or None
        When it is known.
    """

    path: str
    root_id: int
    relative: str
    compression: str
    header_id: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    device: int
    inode: int
    seen_ns: int
    cards: Cards
    classified: Classified
    given: Given | None
    stamp: Stamp | None
    content_id: str | None


class Reader:
    """Reads files of an import.

    Parameters
    ----------
    instruments : Instruments
        Classify them.
    supplied : Supplier, optional
        Says what a person supplied.
    checksum : bool
        Whether every content is hashed.
    """

    def __init__(
        self, instruments: Instruments, supplied: Supplier | None = None, *, checksum: bool = False
    ) -> None:
        self._instruments = instruments
        self._wanted = instruments.wanted | STAMP_KEYS
        self._supplied = supplied
        self.checksum = checksum

    def given(self, path: str) -> Given | None:
        """Return what was supplied for a file.

        Parameters
        ----------
        path : str

        Returns
        -------
        mapping or None

        Raises
        ------
        CatalogueError
            When a side-car cannot be read.
        """
        return (self._supplied(path) or None) if self._supplied is not None else None

    def read(self, path: str, root_id: int, relative: str, seen_ns: int) -> Read:
        """Read one file.

        Parameters
        ----------
        path : str
            Absolute.
        root_id, relative : int, str
            Where that is in the catalogue.
        seen_ns : int
            Now, or a little earlier.

        Returns
        -------
        Read

        Raises
        ------
        CatalogueError
            When it cannot be taken: a `RejectionError`, or a supplied value that is wrong.
        """
        head = read_head(path)
        cards = parse_cards(head.header, self._wanted)
        given = self.given(path)
        stamp = read_stamp(path, cards) if "COBREX KEY" in cards else None
        content = stamp.content_id if stamp else None
        if content is None and self.checksum:
            content = content_id(path)
        stat = head.stat
        return Read(
            path, root_id, relative, compression(relative) or "", head.header_id, stat.st_size,
            stat.st_mtime_ns, stat.st_ctime_ns, signed(stat.st_dev), signed(stat.st_ino), seen_ns,
            cards, self.classify(cards, given), given, stamp, content,
        )  # fmt: skip

    def classify(self, cards: Cards, given: Given | None) -> Classified:
        """Say what header and supplied values mean.

        Parameters
        ----------
        cards : Cards
        given : mapping or None

        Returns
        -------
        Classified

        Raises
        ------
        CatalogueError
            Kind ``supplied``.
        """
        plain = {key: one["value"] for key, one in given.items()} if given else None
        return self._instruments.classify(cards, plain)


def merged(stored: Given | None, given: Given | None) -> dict[str, Any] | None:
    """Return what is supplied for a frame now.

    Parameters
    ----------
    stored : mapping or None
        By earlier imports; what came by ``--set`` stays, what came by a side-car is replaced by
        what a side-car says now, and stays when none was given this time.
    given : mapping or None
        By this import.

    Returns
    -------
    dict or None
    """
    if given is None:
        return dict(stored) if stored else None
    only_set = all(v["source"] == BY_SET for v in given.values())
    kept = {k: v for k, v in (stored or {}).items() if only_set or v["source"] == BY_SET}
    new = {k: v for k, v in given.items() if v["source"] == BY_SET or k not in kept}
    return {**kept, **new}
