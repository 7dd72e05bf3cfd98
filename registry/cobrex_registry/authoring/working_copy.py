"""A working copy: a recipe's folder, checked and frozen, that nobody has published."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cobrex_registry.admission.lint import read_sound
from cobrex_registry.errors import RegistryError
from cobrex_registry.materialise import cache_files
from cobrex_registry.recipe.code_hash import hash_files
from cobrex_registry.recipe.manifest import FILE, Manifest


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """An unpublished recipe as it was when it was read.

    Attributes
    ----------
    path : pathlib.Path
        Where its author edits it.
    folder : pathlib.Path
        What runs: its files in the cache, read-only.
    manifest : Manifest
    code_hash : str
        That of the same files when they are published.
    """

    path: Path
    folder: Path
    manifest: Manifest
    code_hash: str

    @property
    def tree(self) -> str:
        """The id git gives to its files."""
        return self.folder.name


def is_path(text: str) -> bool:
    """Tell whether a recipe is named by its folder: ``./name``, ``~/name``, ``/a/name``, ``a/b``.

    Parameters
    ----------
    text : str
        What a person wrote. ``namespace/name`` is a published recipe unless there is such a
        folder with a manifest in it; a bare word always is.

    Returns
    -------
    bool
    """
    if text.startswith(("./", "../", "/", "~")) or text in {".", ".."}:
        return True
    return "/" in text and holds_recipe(text)


def holds_recipe(text: str) -> bool:
    """Tell whether a folder of this name has a manifest in it; any text may be asked."""
    try:
        return (Path(text) / FILE).is_file()
    except (OSError, ValueError):  # too long, a null character
        return False


def folder_of(text: str) -> Path:
    """Return the folder of a working copy.

    Parameters
    ----------
    text : str
        Its path; ``~`` is the home.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    RegistryError
        Of kind ``unknown-recipe`` when there is no manifest in it.
    """
    try:
        path = Path(text).expanduser().absolute()
        if (path / FILE).is_file():
            return path
    except (RuntimeError, ValueError, OSError):  # ~nobody, a name with a null character
        path = Path(text)
    there = os.path.isdir(path)  # noqa: PTH112 a name that is too long is no folder, not an error
    raise RegistryError(
        f"{path} is no recipe: there is no {f'{FILE} in it' if there else 'such folder'}",
        kind="unknown-recipe",
        hint="name the folder that holds it; a published recipe goes by its name alone",
    )


def read(text: str, cache: Path) -> WorkingCopy:
    """Check a working copy and put its files into the cache; it is read only once.

    Parameters
    ----------
    text : str
        Path of its folder.
    cache : pathlib.Path
        That of published versions.

    Returns
    -------
    WorkingCopy

    Raises
    ------
    RegistryError
        Of kind ``unknown-recipe`` when there is no such folder, ``manifest`` with all that is
        wrong with it.
    """
    path = folder_of(text)
    files, manifest = read_sound(path, expectations=False, shown=50)  # `recipe test` writes them
    return WorkingCopy(
        path, cache_files(files, manifest.name, cache), manifest, hash_files(manifest, files)
    )
