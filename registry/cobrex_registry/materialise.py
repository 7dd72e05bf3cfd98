"""Materialise: a version, or a working copy, as read-only files, once for all processes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .discard import discard
from .errors import RegistryError
from .repository import Registry
from .store.git import Objects
from .store.lay_out import lay_out
from .store.tree_files import EXECUTABLE, LINK, PLAIN, TreeFile, read_tree, stays_inside
from .store.tree_hash import FOLDER, read_entries, root_id
from .version import Version

_SAFE = frozenset({"", ".", "..", ".git"})


def materialise(registry: Registry, version: Version, cache: Path) -> Path:
    """Return a folder that holds exactly the published files, read-only.

    Parameters
    ----------
    registry : Registry
        Where the version is published.
    version : Version
        Which one.
    cache : pathlib.Path
        Holds ``<aa>/<tree>/``; any number of processes may use it at once.

    Returns
    -------
    pathlib.Path
        ``cache/<aa>/<tree>``, with ``recipe.yaml`` directly in it; files 0444 or 0555.

    Raises
    ------
    RegistryError
        Of kind ``cache`` when it cannot be written, of kind ``registry`` when what is published
        is damaged or would leave the folder.
    """
    place = cache / version.tree_sha[:2] / version.tree_sha
    if intact(place, version):
        return place
    files = published_files(registry, version)
    if root_id(files, version.name) != version.tree_sha:
        raise RegistryError(
            f"{version} is damaged in {registry.path}",
            hint="restore the registry from another server or a backup",
        )
    return cache_files(files, version.name, cache)


def cache_files(files: list[TreeFile], name: str, cache: Path) -> Path:
    """Return a folder that holds exactly some files, read-only.

    Parameters
    ----------
    files : list of TreeFile
        Checked: plain files, and links that stay inside.
    name : str
        The recipe's: it is part of the tree's id.
    cache : pathlib.Path
        Holds ``<aa>/<tree>/``; any number of processes may use it at once.

    Returns
    -------
    pathlib.Path
        ``cache/<aa>/<tree>``: the same as that of a published version with these files.

    Raises
    ------
    RegistryError
        Of kind ``cache`` when it cannot be written.
    """
    tree = root_id(files, name)
    place = cache / tree[:2] / tree
    if _holds(place, tree, name):
        return place
    try:
        _put(place, files, tree, name)
    except OSError as error:
        raise RegistryError(
            f"{place} cannot be written: {error.strerror or error}",
            kind="cache",
            hint="see that you may write to the store and its disk is not full",
        ) from error
    return place


def intact(place: Path, version: Version) -> bool:
    """Tell whether a folder of the cache holds exactly the published files."""
    return _holds(place, version.tree_sha, version.name)


def _holds(place: Path, tree: str, name: str) -> bool:
    if not place.is_dir():
        return False
    files, problems = read_tree(place)
    return not problems and root_id(files, name) == tree


def published_files(registry: Registry, version: Version) -> list[TreeFile]:
    """Return the files of a published version, read from git; none of them leaves its tree.

    Parameters
    ----------
    registry : Registry
        Where it is published.
    version : Version
        Which one.

    Returns
    -------
    list of TreeFile

    Raises
    ------
    RegistryError
        Of kind ``registry`` when what is published is damaged.
    """
    with registry.git.objects() as objects:
        return read_files(objects, version)


def read_files(objects: Objects, version: Version) -> list[TreeFile]:
    """Return the files of a published version by a reader of objects; as `published_files`."""
    entries = read_entries(objects.read(version.tree_sha)[1])
    if [(mode, name) for mode, _, name in entries] != [(FOLDER, version.name)]:
        raise RegistryError(
            f"{version} is not laid out as a {version.kind}",
            hint="its root tree must hold one folder of its name",
        )
    return _below(objects, entries[0][1], "", str(version))


def _below(objects: Objects, tree: str, prefix: str, whose: str) -> list[TreeFile]:
    files: list[TreeFile] = []
    for mode, sha, name in read_entries(objects.read(tree)[1]):
        path = f"{prefix}{name}"
        if name.casefold() in _SAFE or "/" in name or "\0" in name:
            raise RegistryError(f"{whose} holds a file named {path!r}", hint="do not use it")
        if mode == FOLDER:
            files.extend(_below(objects, sha, f"{path}/", whose))
            continue
        data = objects.read(sha)[1] if mode in {PLAIN, EXECUTABLE, LINK} else b""
        leaves = mode == LINK and not stays_inside(path, data.decode("utf-8", "surrogateescape"))
        if mode not in {PLAIN, EXECUTABLE, LINK} or leaves:
            raise RegistryError(
                f"{whose} holds {path!r}, which is no plain file or leaves it", hint="do not use it"
            )
        files.append(TreeFile(path, mode, data))
    return files


def _put(place: Path, files: list[TreeFile], tree: str, name: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{tree}.", dir=place.parent))
    try:
        _write(temporary, files)
        _swap(temporary, place, tree, name)
    finally:
        discard(temporary)


def _swap(temporary: Path, place: Path, tree: str, name: str) -> None:
    """Rename into place; whoever is second keeps what the first one made."""
    try:
        temporary.rename(place)
        return
    except OSError:
        if _holds(place, tree, name):
            return
        if not place.is_dir():
            raise
    broken = Path(tempfile.mkdtemp(prefix=f".{tree}.", dir=place.parent))
    try:
        place.rename(broken)
        temporary.rename(place)
    except OSError:
        if not _holds(place, tree, name):
            raise
    finally:
        discard(broken)


def _write(folder: Path, files: list[TreeFile]) -> None:
    # not synchronised: it is verified whenever it is used
    lay_out(folder, files, plain=0o444, executable=0o555)
    for parent, _, _ in os.walk(folder, topdown=False):
        Path(parent).chmod(0o555)
