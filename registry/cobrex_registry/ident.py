"""Who writes into the registry: a git identity, and the name that roles are given to."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass

_DOORS = ("COBREX_PUSHER", "REMOTE_USER", "GL_USER")


@dataclass(frozen=True, slots=True)
class Author:
    """Who publishes, promotes or yanks.

    Attributes
    ----------
    name, email : str
        As in a git identity.
    """

    name: str = "cobrex"
    email: str = "cobrex@localhost"

    @property
    def ident(self) -> str:
        """``Name <email>``, without what git cannot hold."""
        name, email = (
            "".join(c for c in text if c.isprintable() and c not in "<>").strip(" .,:;\"'")
            for text in (self.name[:200], self.email[:200])
        )
        return f"{name or 'unknown'} <{email or 'unknown'}>"


def caller() -> str:
    """Return the name by which roles know who calls.

    Returns
    -------
    str
        What a server's door says (a forced command, an HTTP server, gitolite), else the account
        of the operating system; never a variable that the caller's shell sets by habit.
    """
    for door in _DOORS:
        if name := os.environ.get(door):
            return name
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
