"""Canonical JSON and its digest: what identities are made of."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any

# made once: a plan has hundreds of thousands of keys
_ENCODE = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def canonical_json(value: Any) -> bytes:
    """Return a value as canonical JSON: sorted keys, no spaces, UTF-8, floats by ``repr``.

    Parameters
    ----------
    value : object
        Of JSON's types.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        For NaN and infinity.
    """
    return _ENCODE(value).encode()


def digest(data: bytes) -> str:
    """Return the sha256 of bytes as base64url without padding, 43 characters."""
    return urlsafe_b64encode(hashlib.sha256(data).digest())[:-1].decode()
