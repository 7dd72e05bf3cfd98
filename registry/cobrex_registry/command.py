"""The command of a recipe: words, never a shell."""

from __future__ import annotations

import re
import shlex

from .fields import Fields

PLACES = ("{sof}", "{options}")
_SHELL = re.compile(r"[|&;<>`]|\$[({A-Za-z_]")
_BRACES = re.compile(r"\{[A-Za-z_]*\}")
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


def check_command(fields: Fields, command: str, has_parameters: bool) -> None:
    """Note what is wrong with the command of a manifest."""
    if not command:
        return
    try:
        parts = words(command)
    except ValueError as error:
        fields.problem("command", str(error), "close the quotes")
        return
    if parts.count("{sof}") != 1:
        fields.problem(
            "command",
            "the word {sof} must stand there exactly once",
            "command: python recipe.py {sof} {options}",
        )
    if parts.count("{options}") > 1 or (has_parameters and "{options}" not in parts):
        fields.problem(
            "command",
            "the word {options} must stand there exactly once",
            "without it the recipe would not see its parameters",
        )
    if parts[:1] and (parts[0] in PLACES or parts[0].startswith("-")):
        fields.problem("command", "must begin with a program", "command: python recipe.py {sof}")
    for part in parts:
        if part not in PLACES and (_BRACES.search(part)):
            fields.problem(
                "command",
                f"{part!r}: only {{sof}} and {{options}} are filled in, each as a word of its own",
                "remove the braces",
            )
        elif _SHELL.search(part):
            fields.problem(
                "command",
                f"{part!r} would need a shell, and there is none",
                "do it inside the recipe",
            )
