"""What killed commands leave: locks and temporary files, removed when nobody is at them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from cobrex_registry.discard import discard

from .refs import publishing

# no cobrex holds a ref's lock for as long as this, nor writes an object or a folder for as long
_LOCK_S = 2.0
_FILE_S = 600.0


def clear(repository: Path, cache: Path | None = None) -> list[Path]:
    """Remove what is left of commands that were killed.

    Parameters
    ----------
    repository : pathlib.Path
        Bare. Its write lock is held meanwhile, so locks of refs that are seen have no holder.
    cache : pathlib.Path, optional
        Of materialised versions.

    Returns
    -------
    list of pathlib.Path
        What was removed.
    """
    removed = []
    with publishing(repository):
        for path in _locks(repository):
            if _older(path, _LOCK_S):
                path.unlink(missing_ok=True)
                removed.append(path)
    for path in _files(repository):
        if _older(path, _FILE_S):
            path.unlink(missing_ok=True)
            removed.append(path)
    for path in _folders(repository, cache):
        if _older(path, _FILE_S):
            discard(path)
            removed.append(path)
    return removed


def _locks(repository: Path) -> Iterator[Path]:
    yield from (repository / name for name in ("HEAD.lock", "config.lock", "packed-refs.lock"))
    for parent, _, names in os.walk(repository / "refs"):
        yield from (Path(parent) / name for name in names if name.endswith(".lock"))


def _files(repository: Path) -> Iterator[Path]:
    yield from (repository / "objects").glob("[0-9a-f][0-9a-f]/tmp_obj_*")
    yield from (repository / "objects" / "pack").glob("tmp_*")


def _folders(repository: Path, cache: Path | None) -> Iterator[Path]:
    yield from repository.parent.glob(f".{repository.name}.*")
    if cache is not None:
        yield from cache.glob("[0-9a-f][0-9a-f]/.*")


def _older(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > seconds
    except FileNotFoundError:
        return False
