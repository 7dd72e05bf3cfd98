"""Lay out: the files of a tree written into a folder, links last."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .tree_files import EXECUTABLE, LINK, TreeFile


def lay_out(folder: Path, files: Iterable[TreeFile], *, plain: int, executable: int) -> None:
    """Write files into an empty folder.

    Parameters
    ----------
    folder : pathlib.Path
        Nobody else's yet.
    files : iterable of TreeFile
        Paths that stay inside.
    plain, executable : int
        Permissions of files of either mode.

    Raises
    ------
    OSError
        When something is there already, or cannot be written.
    """
    # links last, so that nothing is ever written through one
    for one in sorted(files, key=lambda file: file.mode == LINK):
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if one.mode == LINK:
            path.symlink_to(os.fsdecode(one.data))
            continue
        with path.open("xb") as stream:
            stream.write(one.data)
        path.chmod(executable if one.mode == EXECUTABLE else plain)
