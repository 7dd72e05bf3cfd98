"""The name of a cube's content, as the catalogue knows it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from pathlib import Path

from astropy.io import fits

_PIECE = 1 << 20
_GZIP = b"\x1f\x8b"


def content_id(path: Path, header: fits.Header) -> str:
    """Return the name: by the stamp of who made it, else by its bytes.

    A file's name is no part of it, and a file and its compressed copy are one content.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    header : astropy.io.fits.Header
        Its primary header.
    """
    made = [header.get(f"COBREX {word}") for word in ("KEY", "ROLE", "N")]
    if all(word is not None for word in made):
        return _text(hashlib.sha256(json.dumps(made, separators=(",", ":")).encode()))
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
    digest = hashlib.sha256()
    with gzip.open(path) if packed else path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return _text(digest)


def _text(digest: hashlib._Hash) -> str:
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
