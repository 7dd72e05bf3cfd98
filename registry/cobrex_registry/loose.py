"""Loose objects, written without starting git: on disk before anything names them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

from .errors import RegistryError
from .tree_hash import object_id

# git prune removes what begins so when it is old: a killed writer's file does not stay for ever
PREFIX = "tmp_obj_"


def write_object(repository: Path, kind: str, data: bytes) -> str:
    """Write an object, unless it is there and sound.

    Parameters
    ----------
    repository : pathlib.Path
        Bare.
    kind : str
        ``blob``, ``tree``, ``commit`` or ``tag``.
    data : bytes
        Its contents; well-formed.

    Returns
    -------
    str
        Its id. The object is on disk: the file is synchronised before it gets its name.

    Raises
    ------
    RegistryError
        When it cannot be written.
    """
    sha = object_id(kind, data)
    place = repository / "objects" / sha[:2] / sha[2:]
    try:
        if not _kept(place, sha):
            _write(place, zlib.compress(f"{kind} {len(data)}\0".encode() + data, 1))
    except OSError as error:
        raise RegistryError(
            f"{place} cannot be written: {error.strerror or error}",
            hint="see that you may write to the registry and its disk is not full",
        ) from error
    return sha


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


def _write(place: Path, packed: bytes) -> None:
    folder = place.parent
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        folder.chmod(folder.parent.stat().st_mode & 0o7777)
    descriptor, name = tempfile.mkstemp(prefix=PREFIX, dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(packed)
            stream.flush()
            os.fchmod(descriptor, 0o444)
            os.fsync(descriptor)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
