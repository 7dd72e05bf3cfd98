"""Keys: the name of a process is what it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cobrex_registry.canonical import canonical_json
from cobrex_registry.canonical import digest as digest_of_bytes


def digest(value: Any) -> str:
    """Return the sha256 of a value's canonical JSON as base64url, 43 characters."""
    return digest_of_bytes(canonical_json(value))


def draft_hash(user: str, code_hash: str) -> str:
    """Return what stands for the code hash in the keys of a user's drafts.

    Parameters
    ----------
    user : str
        Whose working copy it is: nobody else, and no published version, has such a key.
    code_hash : str

    Returns
    -------
    str
    """
    return digest(["draft", user, code_hash])


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
