"""A new folder with files in it: there as a whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cobrex_registry.discard import discard
from cobrex_registry.errors import RegistryError


def write_folder(place: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder.

    Parameters
    ----------
    place : pathlib.Path
        Must not exist; the folder it is in is made when it is missing.
    files : mapping of str to bytes
        Contents by plain name.

    Raises
    ------
    RegistryError
        Of kind ``import``, when something is there already, or it cannot be written.
    """
    if os.path.lexists(place):
        raise RegistryError(
            f"{place} is there already; nothing is overwritten",
            hint="move it away, or write elsewhere with --into",
            kind="import",
        )
    folder: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        for name, data in files.items():
            (folder / name).write_bytes(data)
        folder.chmod(0o777 & ~_umask())
        folder.rename(place)
    except OSError as error:
        raise RegistryError(
            f"{place} cannot be written: {error.strerror or error}",
            hint="see that you may write there, or write elsewhere with --into",
            kind="import",
        ) from error
    finally:
        if folder is not None:
            discard(folder)


def _umask() -> int:
    now = os.umask(0o022)
    os.umask(now)
    return now
