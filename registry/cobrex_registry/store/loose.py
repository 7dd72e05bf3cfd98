"""Loose objects, written without starting git: on disk before anything names them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from cobrex_registry.errors import RegistryError

from .tree_hash import object_id

# git prune removes what begins so when it is old: a killed writer's file does not stay for ever
PREFIX = "tmp_obj_"
_AT_ONCE = 8


def write_objects(repository: Path, objects: Iterable[tuple[str, bytes]]) -> list[str]:
    """Write objects, but for those that are there and sound.

    Parameters
    ----------
    repository : pathlib.Path
        Bare.
    objects : iterable of (str, bytes)
        Kind (``blob``, ``tree``, ``commit``, ``tag``) and contents, well-formed; what names
        another one comes after it.

    Returns
    -------
    list of str
        Their ids. They are on disk: all files are synchronised before any gets its name.

    Raises
    ------
    RegistryError
        When they cannot be written.
    """
    made = {object_id(kind, data): (kind, data) for kind, data in objects}
    waiting: list[tuple[str, Path]] = []
    try:
        for sha, (kind, data) in made.items():
            place = repository / "objects" / sha[:2] / sha[2:]
            if not _kept(place, sha):
                packed = zlib.compress(f"{kind} {len(data)}\0".encode() + data, 1)
                waiting.append((_temporary(place, packed), place))
        _synchronise([name for name, _ in waiting])
        for name, place in waiting:
            Path(name).replace(place)
    except OSError as error:
        raise RegistryError(
            f"{repository}/objects cannot be written: {error.strerror or error}",
            hint="see that you may write to the registry and its disk is not full",
        ) from error
    finally:
        for name, _ in waiting:
            Path(name).unlink(missing_ok=True)
    return list(made)


def is_sound(place: Path, sha: str) -> bool:
    """Tell whether a loose object's file holds what its name says."""
    try:
        held = zlib.decompress(place.read_bytes())
    except (FileNotFoundError, zlib.error):
        return False
    return hashlib.sha1(held, usedforsecurity=False).hexdigest() == sha


def _kept(place: Path, sha: str) -> bool:
    if not is_sound(place, sha):
        return False
    with suppress(PermissionError):  # somebody else's file in a shared registry
        os.utime(place)  # young: no prune removes it before a ref names it
    return True


def _temporary(place: Path, packed: bytes) -> str:
    folder = place.parent
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        folder.chmod(folder.parent.stat().st_mode & 0o7777)
    descriptor, name = tempfile.mkstemp(prefix=PREFIX, dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(packed)
        Path(name).chmod(0o444)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return name


def _synchronise(names: Sequence[str]) -> None:
    # at once, for then the file system writes its journal once: a tenth of the time
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(_to_disk, names))


def _to_disk(name: str) -> None:
    descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
