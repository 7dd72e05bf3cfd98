"""How the bytes of a FITS stream are divided into headers and data units."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from .rejection import RejectionError

BLOCK = 2880
CARD = 80
MAX_HEADER = 4 << 20
_END = b"END     "
_STRUCTURE = re.compile(rb"(BITPIX  |NAXIS\d{0,3} *|PCOUNT  |GCOUNT  |GROUPS  )= *(\S+)")


class Digest(Protocol):
    """Takes bytes, as hashlib's objects do."""

    def update(self, data: bytes, /) -> None:
        """Take some bytes."""


def header_end(stream: bytes | bytearray, start: int = 0) -> int:
    """Return where a header's blocks end.

    Parameters
    ----------
    stream : bytes
        Begins with a header.
    start : int
        From where to look for END, a multiple of 80.

    Returns
    -------
    int
        A multiple of 2880; -1 when END is not there.
    """
    at = stream.find(_END, start)
    while at >= 0:
        if at % CARD == 0:
            return -(-(at + CARD) // BLOCK) * BLOCK
        at = stream.find(_END, at + 1)
    return -1


def data_bytes(header: bytes) -> int:
    """Return how many bytes of data follow a header, without padding.

    Parameters
    ----------
    header : bytes
        Its blocks.

    Returns
    -------
    int

    Raises
    ------
    RejectionError
        Kind ``not-fits`` when the mandatory cards make no sense.

    References
    ----------
    .. [1] FITS Standard 4.0, section 3.3 and 6, equations 1, 2 and 4.
    """
    extension = header.startswith(b"XTENSION")
    cards: dict[bytes, bytes] = {}
    for at in range(0, len(header), CARD):
        found = _STRUCTURE.match(header, at, at + CARD)
        if found:
            cards.setdefault(found[1].rstrip(), found[2])
            if _complete(cards, extension=extension):
                break
    try:
        return _count(cards, extension=extension)
    except (KeyError, ValueError):
        raise RejectionError("not-fits", "BITPIX or NAXIS is missing or no number") from None


def _complete(cards: dict[bytes, bytes], *, extension: bool) -> bool:
    axes = cards.get(b"NAXIS", b"")
    if not axes.isdigit() or b"BITPIX" not in cards or len(cards) < int(axes) + 2:
        return False
    if axes == b"0":
        return True
    if extension:
        return b"PCOUNT" in cards and b"GCOUNT" in cards
    # random groups: what counts them may come later
    return cards.get(b"NAXIS1") != b"0"


def _count(cards: dict[bytes, bytes], *, extension: bool) -> int:
    axes = int(cards[b"NAXIS"])
    bits = abs(int(cards[b"BITPIX"]))
    if axes == 0:
        return 0
    lengths = [int(cards[b"NAXIS%d" % n]) for n in range(1, axes + 1)]
    groups = lengths[0] == 0 and cards.get(b"GROUPS") == b"T"
    size = 1
    for length in lengths[1:] if groups else lengths:
        size *= length
    if groups or extension:
        size = int(cards.get(b"GCOUNT", b"1")) * (int(cards.get(b"PCOUNT", b"0")) + size)
    if size < 0:
        raise ValueError(size)
    return bits * size // 8


def padded(size: int) -> int:
    """Return a size in bytes, filled up to whole blocks."""
    return -(-size // BLOCK) * BLOCK


class Walk:
    """Follows a stream, piece by piece, through its headers and data units.

    Parameters
    ----------
    data : Digest, optional
        Gets the data units, padding included.
    on_header : callable, optional
        Gets each header's blocks.

    Notes
    -----
    What follows the last HDU and is no extension is left alone: the standard allows it.
    """

    def __init__(
        self, data: Digest | None = None, on_header: Callable[[bytes], None] | None = None
    ) -> None:
        self._data = data
        self._on_header = on_header
        self._header = bytearray()
        self._left = 0
        self._padding = 0
        self._begun = False
        self._over = False

    def feed(self, piece: bytes) -> None:
        """Take the next bytes.

        Parameters
        ----------
        piece : bytes

        Raises
        ------
        RejectionError
            Kinds ``not-fits``, ``no-end``.
        """
        at = 0
        while at < len(piece) and not self._over:
            at = self._skip(piece, at) if self._left else self._collect(piece, at)

    def close(self) -> None:
        """Say that the stream has ended.

        Raises
        ------
        RejectionError
            Kinds ``empty``, ``truncated``.
        """
        if not self._begun and not self._header:
            raise RejectionError("empty", "the file is empty")
        # some writers leave the last padding out
        if self._left > self._padding or (self._header and not self._over):
            raise RejectionError("truncated", "the file ends before its data do")

    def _skip(self, piece: bytes, at: int) -> int:
        end = min(len(piece), at + self._left)
        if self._data is not None:
            self._data.update(piece[at:end])
        self._left -= end - at
        return end

    def _collect(self, piece: bytes, at: int) -> int:
        need = BLOCK - len(self._header) % BLOCK
        block = piece[at : at + need]
        start = len(self._header) // BLOCK * BLOCK
        self._header += block
        if len(self._header) % BLOCK == 0:
            self._block(start)
        return at + len(block)

    def _block(self, start: int) -> None:
        if start == 0 and not _begins(self._header, primary=not self._begun):
            self._over = self._begun
            if not self._begun:
                raise RejectionError("not-fits", "it does not begin with SIMPLE =")
            return
        if header_end(self._header, start) < 0:
            if len(self._header) > MAX_HEADER:
                raise RejectionError("no-end", "a header has no END card")
            return
        header = bytes(self._header)
        size = data_bytes(header)
        self._left, self._padding = padded(size), padded(size) - size
        self._begun = True
        self._header.clear()
        if self._on_header is not None:
            self._on_header(header)


def _begins(header: bytes | bytearray, *, primary: bool) -> bool:
    return header.startswith(b"SIMPLE  =" if primary else b"XTENSION=")
