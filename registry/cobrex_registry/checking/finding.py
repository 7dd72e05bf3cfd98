"""What is wrong in a registry, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass

RESTORE = "copy what is missing from a server that has it: docs/registry.md, Checking and repairing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes
    ----------
    what : str
        A version, ref or file.
    message : str
        What is wrong with it.
    cure : str
        What mends it.
    """

    what: str
    message: str
    cure: str = RESTORE
