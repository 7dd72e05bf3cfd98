"""A working copy of a published recipe under another name, which remembers where it came from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.materialise import published_files
from cobrex_registry.recipe.manifest import FILE, parse
from cobrex_registry.recipe.working_folder import make, require_free
from cobrex_registry.repository import Registry
from cobrex_registry.store.tree_files import TreeFile
from cobrex_registry.version import Version

from .bump import only_differs
from .scaffold import check_name
from .yaml_places import set_value

FIRST = "0.1.0"


def copy(registry: Registry, version: Version, name: str, folder: Path) -> None:
    """Write the files of a published recipe into a folder, to be changed there.

    Nothing is published. ``recipe.yaml`` gets the new name, version 0.1.0 and ``copied_from``;
    every other file is the same to the byte, and may be written.

    Parameters
    ----------
    registry : Registry
        Where it is published.
    version : Version
        Which one.
    name : str
        Of the copy.
    folder : pathlib.Path
        New or empty.

    Raises
    ------
    RegistryError
        Of kind ``name`` or ``folder``; of kind ``manifest`` when its ``recipe.yaml`` cannot be
        changed by a program.
    """
    check_name(name)
    require_free(folder)
    files = published_files(registry, version)
    make(folder, [_renamed(one, version, name) if one.path == FILE else one for one in files])


def _renamed(file: TreeFile, version: Version, name: str) -> TreeFile:
    raw = file.data.decode("utf-8")
    text = raw.removeprefix("\ufeff")
    old = parse(text, f"{version}:{FILE}")
    values = {"name": name, "version": FIRST, "copied_from": str(version)}
    changed = text
    for key, value, after in zip(
        values, values.values(), ("schema", "name", "version"), strict=True
    ):
        changed = set_value(changed, key, value, after=after)
    if not only_differs(old, parse(changed, FILE), values):
        raise RegistryError(
            f"{version}: its {FILE} cannot be changed by a program",
            kind="manifest",
            hint="take its files from the store's cache, and change them with an editor",
        )
    return replace(file, data=raw[: len(raw) - len(text)].encode() + changed.encode())
