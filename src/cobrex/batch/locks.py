"""Which lock a request is held by: the one it names, else the suite in use."""

from __future__ import annotations

from pathlib import Path

from cobrex.settings import Settings
from cobrex_registry.errors import RegistryError
from cobrex_registry.locks.lock import Lock, read

FILE = "cobrex.lock"


def active(settings: Settings) -> Path:
    """Return where the suite in use is kept: ``$COBREX_HOME/suite.lock``."""
    return settings.home / "suite.lock"


def chosen(settings: Settings, path: Path | None) -> Lock | None:
    """Return the lock that holds.

    Parameters
    ----------
    settings : Settings
    path : pathlib.Path or None
        What a person named.

    Returns
    -------
    Lock or None
        None when nothing is named and no suite is in use.

    Raises
    ------
    RegistryError
        It cannot be read, or is no lock.
    """
    if path is not None:
        return read(path)
    place = active(settings)
    if not place.exists() and not place.is_symlink():
        return None
    try:
        return read(place)
    except RegistryError as error:
        raise RegistryError(
            error.message,
            hint="cobrex recipe suite use --none puts it away",
            kind=error.kind,
        ) from error
