"""The command of a recipe: words, never a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .calling import places

if TYPE_CHECKING:
    from cobrex_registry.reading.fields import Fields

PLACES = ("{sof}", "{options}")
_SHELL = re.compile(r"[|&;<>`]|\$[({A-Za-z_]")
_BRACES = re.compile(r"\{[^{}]*\}")
_SCRIPT = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*\.(?:py|sh|R|jl|pl)")


def words(command: str) -> list[str]:
    """Split a command into its words, places kept as they are.

    Parameters
    ----------
    command : str
        ``python ifs_astrometry.py {sof} {options}``.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        When quotes are not closed.
    """
    return shlex.split(command)


def scripts(command: str) -> list[str]:
    """Return the words that name a script of the recipe's tree."""
    return [word for word in words(command) if _SCRIPT.fullmatch(word.removeprefix("./"))]


def given_in(command: str) -> set[str]:
    """Return the parameters whose values stand in the command itself."""
    return {name for word in words(command) if word not in PLACES for name in places(word)}


def check_command(
    fields: Fields, command: str, parameters: Sequence[str], *, needs_sof: bool, has_options: bool
) -> None:
    """Note what is wrong with the command of a manifest.

    Parameters
    ----------
    fields : Fields
        The whole document.
    command : str
        What it says.
    parameters : sequence of str
        Names; ``{name}`` in the command stands for the value.
    needs_sof : bool
        Whether an input reaches the recipe by the SOF alone.
    has_options : bool
        Whether an input or output is told by an option.
    """
    if not command:
        return
    try:
        parts = words(command)
    except ValueError as error:
        fields.problem("command", str(error), "close the quotes")
        return
    if parts.count("{sof}") > 1 or (needs_sof and "{sof}" not in parts):
        fields.problem(
            "command",
            "the word {sof} must stand there exactly once",
            "command: python recipe.py {sof} {options}",
        )
    rest = set(parameters) - given_in(command)
    if parts.count("{options}") > 1 or ((rest or has_options) and "{options}" not in parts):
        fields.problem(
            "command",
            "the word {options} must stand there exactly once",
            "without it the recipe would not see its parameters",
        )
    if parts[:1] and (parts[0] in PLACES or parts[0].startswith("-")):
        fields.problem("command", "must begin with a program", "command: python recipe.py {sof}")
    for part in parts:
        known = all(name in parameters for name in places(part))
        if part not in PLACES and _BRACES.search(part) and not (known and places(part)):
            fields.problem(
                "command",
                f"{part!r}: only {{sof}} and {{options}}, each as a word of its own, and "
                "{PARAMETER} are filled in",
                "remove the braces",
            )
        elif _SHELL.search(part):
            fields.problem(
                "command",
                f"{part!r} would need a shell, and there is none",
                "do it inside the recipe",
            )
