"""The branch of the command tree that is called: typer builds all it is given, at every start."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import typer
from typer.models import TyperInfo


def branch(app: typer.Typer, words: Sequence[str]) -> typer.Typer:
    """Return an app whose groups are empty but for the one that is called.

    Parameters
    ----------
    app : typer.Typer
        The whole tree; it stays as it is.
    words : sequence of str
        Of the command line, without the program.

    Returns
    -------
    typer.Typer
        With the same commands and groups at its top, and their helps.
    """
    called = next((word for word in words if not word.startswith("-")), "")
    slim = copy(app)
    slim.registered_groups = [
        one if one.name == called else _emptied(one) for one in app.registered_groups
    ]
    return slim


def _emptied(group: TyperInfo) -> TyperInfo:
    shell = copy(group)
    shell.typer_instance = copy(group.typer_instance)
    if shell.typer_instance is not None:
        shell.typer_instance.registered_commands = []
        shell.typer_instance.registered_groups = []
    return shell
