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


class ProcessKeys:
    """Gives the keys of processes that differ in nothing but their inputs.

    Parameters
    ----------
    code_hash, environment_digest : str
    parameters : mapping
        Every parameter of the recipe, resolved.
    """

    def __init__(
        self, code_hash: str, environment_digest: str, parameters: Mapping[str, Any]
    ) -> None:
        before = canonical_json({"code": code_hash, "environment": environment_digest})
        after = canonical_json({"parameters": dict(parameters)})
        # one object of canonical JSON, of which the inputs are the third member
        self._before = before[:-1] + b',"inputs":'
        self._after = b"," + after[1:]

    def key(self, inputs: Iterable[tuple[str, str, str]]) -> str:
        """Return the key of a process.

        Parameters
        ----------
        inputs : iterable of (role, frame type, content id)
            In the order the recipe asks for.

        Returns
        -------
        str
            43 characters, the first one no ``-``.
        """
        between = canonical_json([list(i) for i in inputs])
        key = digest_of_bytes(self._before + between + self._after)
        while key[0] == "-":  # a key is typed at a command line: it must not look like an option
            key = digest(key)
        return key
