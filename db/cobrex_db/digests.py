"""How digests are written."""

from __future__ import annotations

import base64


def digest_text(digest: bytes) -> str:
    """Return a digest as base64url without padding: 43 characters for 32 bytes.

    Parameters
    ----------
    digest : bytes

    Returns
    -------
    str
    """
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
