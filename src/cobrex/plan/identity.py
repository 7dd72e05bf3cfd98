"""Keys: the name of a process is what it is made of."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any


def canonical(value: Any) -> bytes:
    """Return canonical JSON.

    Parameters
    ----------
    value : JSON-like
        Without NaN or infinities.

    Returns
    -------
    bytes
        UTF-8, keys sorted, no white space.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(value: Any) -> str:
    """Return the sha256 of canonical JSON as base64url, 43 characters."""
    return base64.urlsafe_b64encode(hashlib.sha256(canonical(value)).digest()).decode()[:43]


def process_key(
    code_hash: str,
    environment_digest: str,
    parameters: Mapping[str, Any],
    inputs: Iterable[tuple[str, str, str]],
) -> str:
    """Return the key of a process.

    Parameters
    ----------
    code_hash, environment_digest : str
    parameters : mapping
        Every parameter of the recipe, resolved.
    inputs : iterable of (role, frame type, content id)
        In the order the recipe asks for.

    Returns
    -------
    str
        43 characters, the first one no ``-``.
    """
    key = digest(
        {
            "code": code_hash,
            "environment": environment_digest,
            "parameters": dict(parameters),
            "inputs": [list(i) for i in inputs],
        }
    )
    while key[0] == "-":  # a key is typed at a command line: it must not look like an option
        key = digest(key)
    return key


def product_content_id(key: str, role: str, n: int) -> str:
    """Return the content id of a product, made or still to be made."""
    return digest([key, role, n])
