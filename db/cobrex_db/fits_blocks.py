"""Reads the header blocks of FITS files, plain or compressed, and little else."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from io import RawIOBase
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from .digests import digest_text
from .fits_structure import BLOCK, CARD, MAX_HEADER, Walk, data_bytes, header_end, padded
from .rejection import RejectionError, from_os

_SUFFIXES = {".fits": "", ".fit": "", ".fts": "", ".fits.gz": "gz", ".fits.z": "Z"}
_FIRST = 16 * BLOCK
_PIECE = 1 << 20
_SAMPLE = 4 * BLOCK
# a compressed file up to this size is followed to its end; of larger ones only .gz tells its size
_WHOLE = 4 << 20
_MAX_DEFLATE = 1032
_GZIP = 31

Take = Callable[[bytes], bool]


class Head(NamedTuple):
    """What was read of a file.

    Attributes
    ----------
    header : bytes
        Blocks of the primary header.
    header_id : str
        blake2b-256 of these and the next four blocks of the uncompressed stream, base64url.
    stat : os.stat_result
        Of the very file that was read.
    """

    header: bytes
    header_id: str
    stat: os.stat_result


def compression(name: str) -> str | None:
    """Return how a file is compressed by its name: ``""``, ``gz``, ``Z``; None when not FITS.

    Parameters
    ----------
    name : str

    Returns
    -------
    str or None
    """
    lower = name.lower()
    if lower.endswith((".gz", ".z")):
        stem, _, last = lower.rpartition(".")
        return _SUFFIXES.get(os.path.splitext(stem)[1] + "." + last)  # noqa: PTH122 no Path a file
    return _SUFFIXES.get(os.path.splitext(lower)[1])  # noqa: PTH122


def read_head(path: str | Path) -> Head:
    """Read the primary header and see whether the file is whole.

    Parameters
    ----------
    path : str or pathlib.Path
        ``.fits``, ``.fits.gz`` or ``.fits.Z``.

    Returns
    -------
    Head

    Raises
    ------
    RejectionError
        Kinds ``empty``, ``not-fits``, ``truncated``, ``no-end``, ``unreadable``, ``directory``,
        ``missing``.

    Notes
    -----
    Truncation is found by walking the HDUs of plain files, by the size in the trailer of
    ``.gz``, and by decompressing compressed files up to 4 MiB; that a larger ``.Z`` ends too
    early is found when its content is hashed.
    """
    how = compression(os.fspath(path))
    try:
        # O_NONBLOCK: a pipe of that name must not hold the import
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            stat = os.fstat(descriptor)
            _check_file(stat.st_mode)
            head = _plain(descriptor, stat.st_size) if not how else None
        finally:
            os.close(descriptor)
        if head is None:
            head = _compressed(Path(path), stat.st_size, how or "")
    except OSError as error:
        raise from_os(error) from error
    header, sample = head
    digest = hashlib.blake2b(header, digest_size=32)
    digest.update(sample)
    return Head(header, digest_text(digest.digest()), stat)


def headers(path: str | Path) -> list[bytes]:
    """Return the header blocks of all HDUs.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    list of bytes

    Raises
    ------
    RejectionError
        As `read_head`.
    """
    found: list[bytes] = []
    walk = Walk(on_header=found.append)

    def take(piece: bytes) -> bool:
        walk.feed(piece)
        return False

    pour(path, take)
    walk.close()
    return found


def pour(path: str | Path, take: Take) -> None:
    """Give the uncompressed bytes of a file, in order, to a function.

    Parameters
    ----------
    path : str or pathlib.Path
    take : callable
        ``take(piece) -> bool``: true when it needs no more.

    Raises
    ------
    RejectionError
        Kinds ``truncated``, ``unreadable``, ``missing``, ``directory``.
    """
    how = compression(os.fspath(path))
    pourers = {"gz": _pour_gz, "Z": _pour_z}
    try:
        pourers.get(how or "", _pour_plain)(Path(path), take)
    except OSError as error:
        raise from_os(error) from error


def _plain(descriptor: int, size: int) -> tuple[bytes, bytes]:
    stream = os.read(descriptor, _FIRST)
    _check_begin(stream)
    end = header_end(stream)
    while end < 0 or len(stream) < end + _SAMPLE:
        if end < 0 and len(stream) > MAX_HEADER:
            raise RejectionError("no-end", "the header has no END card")
        more = os.read(descriptor, _FIRST)
        if not more:
            break
        start = (len(stream) - CARD) // CARD * CARD
        stream += more
        end = header_end(stream, start) if end < 0 else end
    if end < 0 or end > len(stream):
        raise RejectionError("truncated", "the file ends within its header")
    header = stream[:end]
    _check_whole(descriptor, header, size)
    return header, stream[end : end + _SAMPLE]


def _check_file(mode: int) -> None:
    if S_ISDIR(mode):
        raise RejectionError("directory", "it is a folder")
    if not S_ISREG(mode):
        raise RejectionError("not-a-file", "it is no plain file")


def _check_begin(stream: bytes) -> None:
    if not stream:
        raise RejectionError("empty", "the file is empty")
    if not stream.startswith(b"SIMPLE  ="):
        raise RejectionError("not-fits", "it does not begin with SIMPLE =")


def _check_whole(descriptor: int, header: bytes, size: int) -> None:
    at = len(header)
    while True:
        length = data_bytes(header)
        if at + length > size:
            raise RejectionError(
                "truncated", f"{size} bytes, at least {at + length} are promised by its headers"
            )
        at += padded(length)
        if at + BLOCK > size:
            return
        header = _header_at(descriptor, at)
        at += len(header)
        if not header:
            return


def _header_at(descriptor: int, at: int) -> bytes:
    """Return an extension's header; empty when none begins there."""
    header = os.pread(descriptor, 2 * BLOCK, at)
    if not header.startswith(b"XTENSION="):
        return b""
    end = header_end(header)
    while end < 0:
        more = os.pread(descriptor, _FIRST, at + len(header))
        if not more or len(header) > MAX_HEADER:
            raise RejectionError("truncated", "the file ends within an extension's header")
        header += more
        end = header_end(header, (len(header) - len(more) - CARD) // CARD * CARD)
    return header[:end]


def _compressed(path: Path, size: int, how: str) -> tuple[bytes, bytes]:
    if not size:
        raise RejectionError("empty", "the file is empty")
    found = bytearray()
    walk = Walk()
    whole = size <= _WHOLE or (how == "gz" and not _gz_size_fits(path, size))
    end = -1

    def take(piece: bytes) -> bool:
        nonlocal end
        walk.feed(piece)
        if end < 0 or len(found) < end + _SAMPLE:
            start = max(0, (len(found) - CARD) // CARD * CARD)
            found.extend(piece)
            end = header_end(found, start) if end < 0 else end
        return not whole and 0 <= end <= len(found) - _SAMPLE

    pour(path, take)
    _check_begin(bytes(found[:CARD]))
    if whole:
        walk.close()
    if end < 0 or end > len(found):
        raise RejectionError("truncated", "the file ends within its header")
    return bytes(found[:end]), bytes(found[end : end + _SAMPLE])


def _gz_size_fits(path: Path, size: int) -> bool:
    """Tell whether the size in the trailer may be that of a FITS stream."""
    with path.open("rb") as stream:
        stream.seek(-4, os.SEEK_END)
        told = int.from_bytes(stream.read(4), "little")
    return told % BLOCK == 0 and size // 2 < told < size * _MAX_DEFLATE


def _pour_plain(path: Path, take: Take) -> None:
    with path.open("rb", buffering=0) as stream:
        while piece := stream.read(_PIECE):
            if take(piece):
                return


def _pour_gz(path: Path, take: Take) -> None:
    with path.open("rb", buffering=0) as stream:
        try:
            for piece in _inflated(stream):
                if piece and take(piece):
                    return
        except zlib.error as error:
            raise RejectionError("damaged", f"damaged gzip data: {error}") from error


def _inflated(stream: RawIOBase) -> Iterator[bytes]:
    inflate = zlib.decompressobj(wbits=_GZIP)
    while packed := stream.read(_PIECE >> 2):
        while packed:
            if inflate.eof:
                # another member may follow, or zeros
                packed = packed.lstrip(b"\0")
                inflate = zlib.decompressobj(wbits=_GZIP) if packed else inflate
                continue
            yield inflate.decompress(packed, _PIECE)
            packed = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    yield inflate.flush()
    if not inflate.eof:
        raise RejectionError("truncated", "the gzip data end too early")


class _EnoughError(Exception):
    """Stops the decompressor."""


class _Sink:
    def __init__(self, take: Take) -> None:
        self._take = take

    def write(self, piece: bytes) -> int:
        if self._take(piece):
            raise _EnoughError
        return len(piece)


def _pour_z(path: Path, take: Take) -> None:
    import ncompress  # noqa: PLC0415 rarely needed

    with path.open("rb") as stream:
        try:
            ncompress.decompress(stream, _Sink(take))
        except _EnoughError:
            return
        except ValueError as error:
            raise RejectionError("damaged", f"damaged .Z data: {error}") from error
