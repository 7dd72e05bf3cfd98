"""Writes small FITS files byte by byte, sound ones and others."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import ncompress

SCIENCE = {
    "INSTRUME": "SPHERE", "OBJECT": "HR 100", "ESO OBS TARG NAME": "HR 100", "RA": 6.5508,
    "DEC": -43.6798, "DATE-OBS": "2020-03-08T04:58:01.1234", "MJD-OBS": 58916.2069574,
    "ESO SEQ ARM": "IFS", "ESO DPR CATG": "SCIENCE", "ESO DPR TYPE": "OBJECT",
    "ESO DPR TECH": "IFU", "ESO OBS PROG ID": "1104.C-0416(A)", "ESO OBS ID": 2345678,
    "ESO TPL START": "2020-03-08T04:58:01", "ESO DET SEQ1 DIT": 16.0, "EXPTIME": 16.0,
    "ARCFILE": "SPHER.2020-03-08T04:58:01.123.fits", "ESO INS2 COMB IFS": "OBS_YJ",
}  # fmt: skip


def card(key: str, value: Any) -> bytes:
    """Return a card; bytes are taken as they are."""
    if isinstance(value, bool):
        text = (b"T" if value else b"F").rjust(20)
    elif isinstance(value, str):
        text = b"'" + value.replace("'", "''").encode("latin-1") + b"'"
    else:
        text = value if isinstance(value, bytes) else str(value).encode().rjust(20)
    keyword = f"HIERARCH {key} " if " " in key or len(key) > 8 else key.ljust(8)
    return (keyword.encode() + b"= " + text).ljust(80)[:80]


def blocks(data: bytes, fill: bytes = b" ") -> bytes:
    """Fill up to whole blocks."""
    return data + fill * (-len(data) % 2880)


def header(cards: Mapping[str, Any], size: int, extra: Iterable[bytes] = ()) -> bytes:
    """Return the blocks of a primary header for ``size`` bytes of data."""
    axes = {"NAXIS": 1, "NAXIS1": size} if size else {"NAXIS": 0}
    first = {"SIMPLE": True, "BITPIX": 8, **axes}
    lines = [card(k, v) for k, v in (first | dict(cards)).items()]
    return blocks(b"".join([*lines, *extra, b"END".ljust(80)]))


def stream(cards: Mapping[str, Any] | None = None, data: bytes = b"", **more: Any) -> bytes:
    """Return a whole FITS stream."""
    return header(SCIENCE if cards is None else cards, len(data), **more) + blocks(data, b"\0")


def write(
    path: Path, cards: Mapping[str, Any] | None = None, data: bytes = b"pixels" * 3000, **more: Any
) -> Path:
    """Write a FITS file, compressed as its name says."""
    content = stream(cards, data, **more)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        content = gzip.compress(content)
    elif path.suffix == ".Z":
        content = ncompress.compress(content)
    path.write_bytes(content)
    return path
