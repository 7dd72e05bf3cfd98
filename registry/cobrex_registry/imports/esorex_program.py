"""The program esorex: asked what recipes there are and what they say of themselves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.near_miss import near_miss

TIMEOUT_S = 120.0
# esorex reads ~/.esorex whatever --config says; the one folder it cannot find holds nothing
PREFIX = ("env", "HOME=/nonexistent", "esorex")
RECIPE = re.compile(r"(?=.{1,60}$)[A-Za-z][A-Za-z0-9_]*")
_LISTED = re.compile(r"^  ([A-Za-z][A-Za-z0-9_.]*) *:", re.MULTILINE)
_FOLDERS = re.compile(r"/[A-Za-z0-9_./+-]*(?::/[A-Za-z0-9_./+-]*)*")


@dataclass(frozen=True, slots=True)
class Esorex:
    """The esorex of this machine.

    Attributes
    ----------
    recipe_dir : str
        Folders that hold recipe plugins, joined by colons; empty for those esorex knows itself.
    """

    recipe_dir: str = ""

    def __post_init__(self) -> None:
        """Refuse a folder that could not stand in a command."""
        if self.recipe_dir and not _FOLDERS.fullmatch(self.recipe_dir):
            raise RegistryError(
                f"{self.recipe_dir[:80]!r} cannot stand in a recipe's command",
                hint="absolute folders of letters, digits and _ - + . only, joined by colons",
                kind="import",
            )

    def words(self, *options: str) -> list[str]:
        """Return the command that calls esorex with some options."""
        folder = [f"--recipe-dir={self.recipe_dir}"] if self.recipe_dir else []
        return [*PREFIX, *folder, *options]

    def recipes(self) -> list[str]:
        """Return the names of all recipes there are.

        Raises
        ------
        RegistryError
            Of kind ``import``, when esorex is not installed or cannot be asked.
        """
        return sorted(set(_LISTED.findall(self._ask("--recipes").partition("Recipes :")[2])))

    def manual(self, recipe: str) -> str:
        """Return the man page of a recipe; empty when there is no such recipe."""
        text = self._ask("--msg-level=off", "--man-page", _checked(recipe))
        start = text.find("NAME\n")
        return text[start:] if start >= 0 else ""

    def parameters(self, recipe: str) -> list[dict[str, Any]]:
        """Return the parameters of a recipe, as esorex's own JSON gives them.

        Raises
        ------
        RegistryError
            Of kind ``import``, when it gives none that can be read.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "parameters.json"
            said = self._ask(f"--create-config={path}", _checked(recipe))
            try:
                text = path.read_bytes().decode("utf-8", "replace")
                found = json.loads(text, strict=False)
                if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
                    raise ValueError("it is no list of parameters")
            except (OSError, ValueError, RecursionError) as error:
                raise RegistryError(
                    f"esorex tells no parameters of {recipe}: {error}",
                    hint=_last(said) or f"esorex --create-config=x.json {recipe} shows it",
                    kind="import",
                ) from error
            return found

    def demand(self, recipe: str) -> str:
        """Return the man page of a recipe that must be there.

        Raises
        ------
        RegistryError
            Of kind ``unknown-recipe``, with the nearest names.
        """
        manual = self.manual(recipe) if RECIPE.fullmatch(recipe) else ""
        if manual:
            return manual
        names = self.recipes()
        raise RegistryError(
            f"esorex knows no recipe {recipe[:60]!r}",
            hint=near_miss(recipe, names)
            or "install a pipeline, or name the folder of its plugins with --recipe-dir",
            kind="unknown-recipe",
        )

    def _ask(self, *options: str) -> str:
        """Return what esorex prints; it writes a log, so it is asked in a folder of its own."""
        environ = {k: v for k, v in os.environ.items() if not _is_setting(k)}
        try:
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(
                    self.words(*options),
                    cwd=folder,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    timeout=TIMEOUT_S,
                    check=False,
                )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RegistryError(
                f"esorex cannot be asked: {error}", hint="see that it runs by hand", kind="import"
            ) from error
        if done.returncode == 127:  # as env says when there is no such program
            raise RegistryError(
                "esorex is not installed",
                hint="apt-get install esorex cpl-plugin-hawki, or put yours into PATH",
                kind="import",
            )
        return done.stdout.decode("utf-8", "replace")


def _is_setting(name: str) -> bool:
    return name.startswith("ESOREX_") and name != "ESOREX_PLUGIN_DIR"


def _checked(recipe: str) -> str:
    if not RECIPE.fullmatch(recipe):
        raise RegistryError(f"{recipe[:60]!r} is no name of a recipe", kind="unknown-recipe")
    return recipe


def _last(said: str) -> str:
    lines = [one for one in said.splitlines() if "ERROR" in one]
    return lines[-1].strip() if lines else ""
