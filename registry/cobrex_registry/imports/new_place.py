"""A place where nothing is yet: an import overwrites nothing."""

from __future__ import annotations

import os
from pathlib import Path

from cobrex_registry.errors import RegistryError


def demand_new(place: Path) -> None:
    """Refuse a place where something is, an empty folder or a broken link too.

    Parameters
    ----------
    place : pathlib.Path
        Where an import is to write.

    Raises
    ------
    RegistryError
        Of kind ``import``.
    """
    if os.path.lexists(place):
        raise RegistryError(
            f"{place} is there already; nothing is overwritten",
            hint="move it away, or write elsewhere with --into",
            kind="import",
        )
