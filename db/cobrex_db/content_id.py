"""The name of a content: hash of the uncompressed FITS stream, or of who made it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .digests import digest_text
from .fits_blocks import pour
from .fits_structure import Walk


def content_id(path: str | Path) -> str:
    """Hash the uncompressed stream of a FITS file.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    str
        sha256, base64url, 43 characters: the same for a file and its compressed copy.

    Raises
    ------
    RejectionError
        When it cannot be read to its end, or ends before its data do.
    """
    digest = hashlib.sha256()
    walk = Walk()

    def take(piece: bytes) -> bool:
        digest.update(piece)
        walk.feed(piece)
        return False

    pour(path, take)
    walk.close()
    return digest_text(digest.digest())


def product_id(key: str, role: str, n: int) -> str:
    """Name the content of a product made here, before or after it is made.

    Parameters
    ----------
    key : str
        Of the process.
    role : str
        Of the output.
    n : int
        Number within the role.

    Returns
    -------
    str
        sha256 of canonical JSON, base64url.
    """
    canonical = json.dumps([key, role, n], separators=(",", ":"), ensure_ascii=False)
    return digest_text(hashlib.sha256(canonical.encode()).digest())
