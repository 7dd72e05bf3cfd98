"""Remove a folder whatever its permissions."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path


def discard(folder: Path) -> None:
    """Remove a folder and all in it; nothing happens when it is not there.

    Parameters
    ----------
    folder : pathlib.Path
        A folder of our own; read-only folders in it are made writable first.
    """
    if folder.is_symlink() or not folder.is_dir():
        return
    for parent, _, _ in os.walk(folder):
        path = Path(parent)
        path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)
