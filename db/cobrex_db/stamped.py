"""Products made here: known again by the stamp in their headers while DATAMD5 holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .content_id import product_id
from .fits_blocks import pour
from .fits_structure import Walk

STAMP_KEYS = frozenset({"COBREX KEY", "COBREX ROLE", "COBREX N", "DATAMD5"})
_KEY_LENGTH = 43


class Stamp(NamedTuple):
    """Who made a product.

    Attributes
    ----------
    key : str
        Of the process.
    role : str
        Of the output.
    n : int
        Number within the role.
    content_id : str
        The product's name.
    """

    key: str
    role: str
    n: int
    content_id: str


def read_stamp(path: str | Path, cards: Mapping[str, Any]) -> Stamp | None:
    """Return the stamp of a file whose data are as they were made.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; its data are read only when it bears a stamp.
    cards : mapping
        Of its primary header, `STAMP_KEYS` among them.

    Returns
    -------
    Stamp or None
        None without a stamp, and when DATAMD5 does not hold.

    Raises
    ------
    RejectionError
        When the file cannot be read.
    """
    key, role, n = cards.get("COBREX KEY"), cards.get("COBREX ROLE"), cards.get("COBREX N")
    if not isinstance(key, str) or not isinstance(role, str) or n.__class__ is not int:
        return None
    if len(key) != _KEY_LENGTH or len(role) > 64 or not 0 <= n < 2**31:
        return None
    if cards.get("DATAMD5") != data_md5(path):
        return None
    return Stamp(key, role, n, product_id(key, role, n))


def data_md5(path: str | Path) -> str:
    """Return the md5 of all data units of a file, padding included.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    str
        Hexadecimal.

    Raises
    ------
    RejectionError
        When the file cannot be read.

    References
    ----------
    .. [1] CPL User's Manual: DATAMD5 signs the data units, not the headers.
    """
    digest = hashlib.md5(usedforsecurity=False)
    walk = Walk(data=digest)

    def take(piece: bytes) -> bool:
        walk.feed(piece)
        return False

    pour(path, take)
    walk.close()
    return digest.hexdigest()
