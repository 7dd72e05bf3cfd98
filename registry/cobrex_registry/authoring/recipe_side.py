"""A state of a recipe that can be compared: a published version, or a working copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cobrex_registry.admission.comparison import previous
from cobrex_registry.admission.lint import read_sound
from cobrex_registry.errors import RegistryError
from cobrex_registry.materialise import published_files
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver
from cobrex_registry.store.tree_files import TreeFile
from cobrex_registry.version import Version


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two states that are compared.

    Attributes
    ----------
    label : str
        ``main/toy@1.0.0``, or the folder.
    manifest : Manifest
    files : dict of str to TreeFile
        By path.
    version : Version or None
        None for a working copy.
    """

    label: str
    manifest: Manifest
    files: dict[str, TreeFile]
    version: Version | None = None

    @property
    def number(self) -> Semver:
        """Its version."""
        return Semver.parse(self.manifest.version)


def side(registry: Registry, text: str) -> Side:
    """Return what a person named: a published version, or a folder.

    Parameters
    ----------
    registry : Registry
    text : str
        ``toy@1.0.0``; what begins with ``.``, ``/`` or ``~``, or ends with ``/``, is a folder.

    Returns
    -------
    Side
    """
    if text.startswith((".", "/", "~")) or text.endswith("/"):
        return folder_side(Path(text).expanduser())
    return published_side(registry, registry.resolve("recipe", text))


def last_side(registry: Registry, new: Side, namespace: str = "main") -> Side:
    """Return what a side follows: of a folder the newest version, of a version the one before.

    Raises
    ------
    RegistryError
        Of kind ``unknown-recipe`` or ``unknown-version`` when there is none.
    """
    if new.version is None:
        name = f"{namespace}/{new.manifest.name}"
        published = registry.versions("recipe", name)
        if not published:
            registry.resolve("recipe", name)  # says so, with the nearest names
        releases = [one for one in published if not one.number.pre]
        return published_side(registry, (releases or published)[-1])
    before = previous(registry.versions("recipe", new.version.full_name), new.number)
    if before is None:
        raise RegistryError(
            f"no version goes before {new.version}",
            kind="unknown-version",
            hint="name two versions",
        )
    return published_side(registry, before)


def published_side(registry: Registry, version: Version) -> Side:
    """Return a published version as a side."""
    files = published_files(registry, version)
    by_path = {one.path: one for one in files}
    return Side(str(version), registry.manifest(version), by_path, version)


def folder_side(folder: Path) -> Side:
    """Return a working copy as a side.

    Raises
    ------
    RegistryError
        Of kind ``manifest`` with all that lint finds.
    """
    files, manifest = read_sound(folder)
    return Side(str(folder), manifest, {one.path: one for one in files})
