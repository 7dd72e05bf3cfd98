"""The instruments of this installation: what ships, and the user's own files over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cobrex_db.errors import CatalogueError
from cobrex_db.instrument import Instruments
from cobrex_registry.reading import strict_yaml

from . import content, settings


def files() -> list[Path]:
    """Return the instrument files: a user's file takes the place of the shipped one it is named as.

    Returns
    -------
    list of pathlib.Path
        In order of their names.
    """
    found = {
        path.name: path
        for folder in (content.home() / "instruments", settings.load().home / "instruments")
        for path in sorted(folder.glob("*.yaml"))
    }
    return [found[name] for name in sorted(found)]


def mappings() -> list[tuple[str, Any]]:
    """Read the instrument files.

    Returns
    -------
    list of (str, mapping)
        Path and content, all sections.

    Raises
    ------
    RegistryError
        When a file is not strict YAML.
    """
    return [(str(path), strict_yaml.load_file(path)) for path in files()]


def load() -> Instruments:
    """Compile the instruments.

    Returns
    -------
    Instruments

    Raises
    ------
    RegistryError
        When a file is not strict YAML.
    CatalogueError
        When its rules mean nothing.
    """
    found = mappings()
    if not found:
        raise CatalogueError(
            "no instrument files",
            kind="instrument",
            hint=f"install cobrex again: {content.home()} has no instruments/",
        )
    return Instruments.from_mappings(found)
