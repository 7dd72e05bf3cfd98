"""A new working folder of a recipe: complete or not there, and nobody's files touched."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cobrex_registry.discard import discard
from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.manifest import FILE
from cobrex_registry.store.lay_out import lay_out
from cobrex_registry.store.tree_files import TreeFile
from cobrex_registry.written import umask


def require_free(folder: Path) -> None:
    """Refuse a place where something is already.

    Parameters
    ----------
    folder : pathlib.Path
        Missing, or an empty folder.

    Raises
    ------
    RegistryError
        Of kind ``folder``.
    """
    try:
        if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
            return
    except OSError as error:
        raise _refusal(folder, error) from error
    what = "is not empty" if folder.is_dir() else "is no folder"
    raise RegistryError(
        f"{folder} {what}", kind="folder", hint="name a folder that is new or empty"
    )


def make(folder: Path, files: Sequence[TreeFile]) -> None:
    """Write files into a folder that is new or empty.

    Parameters
    ----------
    folder : pathlib.Path
        Where; made with its parents. Killed at any instant, there is no recipe in it or a whole
        one.
    files : sequence of TreeFile
        Paths that stay inside.

    Raises
    ------
    RegistryError
        Of kind ``folder`` when something is there already or it cannot be written.
    """
    require_free(folder)
    place = Path(os.path.realpath(folder))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{place.name[:50]}.", dir=place.parent))
        try:
            _write(temporary, files)
            _move(temporary, place)
        finally:
            discard(temporary)
    except OSError as error:
        raise _refusal(folder, error) from error


def _write(folder: Path, files: Sequence[TreeFile]) -> None:
    mask = umask()
    folder.chmod(0o777 & ~mask)
    lay_out(folder, files, plain=0o666 & ~mask, executable=0o777 & ~mask)


def _move(temporary: Path, place: Path) -> None:
    """Rename into place; into an empty folder, where somebody may stand, entry by entry."""
    if not place.is_dir():
        temporary.rename(place)
        return
    # without its recipe.yaml a folder is no recipe, so that one comes last
    for entry in sorted(temporary.iterdir(), key=lambda path: path.name == FILE):
        entry.rename(place / entry.name)


def _refusal(folder: Path, error: OSError) -> RegistryError:
    return RegistryError(
        f"{folder} cannot be written: {error.strerror or error}",
        kind="folder",
        hint="see that you may write there",
    )
