"""Drafts: the namespaces in which nothing is ever published."""

from __future__ import annotations

import re

from cobrex_registry.errors import RegistryError

DRAFT = "draft"
_USER_LENGTH = 20  # a recipe's full name has to fit into a FITS card


def draft_namespace(user: str) -> str:
    """Return the namespace a user's drafts run in: ``draft-ada``.

    Parameters
    ----------
    user : str
        Any name; what no ref may hold becomes ``-``.

    Returns
    -------
    str
    """
    word = re.sub(r"[^a-z0-9_]+", "-", user.lower()).strip("-")[:_USER_LENGTH].rstrip("-")
    return f"{DRAFT}-{word or 'nobody'}"


def is_draft(namespace: str) -> bool:
    """Tell whether a namespace is kept for drafts; nothing is ever published in it."""
    return namespace == DRAFT or namespace.startswith(f"{DRAFT}-")


def refuse_drafts(namespace: str) -> None:
    """Refuse to publish in a namespace that is kept for drafts.

    Raises
    ------
    RegistryError
        Of kind ``namespace``.
    """
    if is_draft(namespace):
        raise RegistryError(
            f"namespace {namespace!r} is kept for drafts: nothing is published in it",
            kind="namespace",
            hint="choose another --namespace",
        )
