"""The recipe.yaml of a working folder: read as it stands, replaced in one step."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.text_file import MAX_BYTES
from cobrex_registry.written import replace

from .manifest import FILE

_MARK = "\ufeff"


def read_text(folder: Path) -> str:
    """Return the text of a folder's manifest, line ends kept.

    Parameters
    ----------
    folder : pathlib.Path
        The recipe.

    Returns
    -------
    str
        Without a byte order mark.

    Raises
    ------
    RegistryError
        Of kind ``manifest``: missing, a link, too large, not UTF-8.
    """
    path = folder / FILE
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise OSError(errno.EINVAL, "it is no plain small file")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RegistryError(
            f"{path}: not UTF-8 at byte {error.start}", kind="manifest", hint="save it as UTF-8"
        ) from error
    except OSError as error:
        raise RegistryError(
            f"{path} cannot be read: {error.strerror or error}",
            kind="manifest",
            hint="a recipe is a folder with a recipe.yaml",
        ) from error


def replace_text(folder: Path, text: str) -> None:
    """Put another text in the place of a folder's manifest; its permissions stay.

    Parameters
    ----------
    folder : pathlib.Path
        The recipe.
    text : str
        The whole manifest.

    Raises
    ------
    RegistryError
        When it cannot be written.
    """
    path = folder.absolute() / FILE
    try:
        mark = _MARK if path.read_bytes().startswith(_MARK.encode()) else ""
        mode = stat.S_IMODE(path.stat().st_mode)
        replace(path, (mark + text).encode("utf-8"), mode, beside=_waiting_room(path))
    except OSError as error:
        raise RegistryError(
            f"{path} cannot be written: {error.strerror or error}",
            kind="manifest",
            hint="see that you may write into the recipe's folder",
        ) from error


def _waiting_room(path: Path) -> Path:
    """Return a folder of the same disk, if possible outside the recipe's own."""
    outer, device = path.parent.parent, path.stat().st_dev
    return outer if outer.stat().st_dev == device and os.access(outer, os.W_OK) else path.parent
