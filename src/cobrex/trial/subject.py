"""What is tested: a published version, or an author's working copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cobrex.settings import Settings
from cobrex_registry.authoring import working_copy
from cobrex_registry.errors import RegistryError
from cobrex_registry.materialise import materialise
from cobrex_registry.recipe.code_hash import code_hash
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.recipe.recipe_test import RecipeTest
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver, Spec
from cobrex_registry.version import Version


@dataclass(frozen=True, slots=True)
class Subject:
    """A recipe whose tests are to be run.

    Attributes
    ----------
    version : Version
        Of a working copy the one it would become, without git ids.
    manifest : Manifest
    folder : pathlib.Path
        Its files in the cache, read-only.
    code_hash : str
    working : pathlib.Path or None
        The folder its author edits; None for a published version.
    """

    version: Version
    manifest: Manifest
    folder: Path
    code_hash: str
    working: Path | None = None

    @property
    def label(self) -> str:
        """What it is called in messages."""
        name = str(self.version).removeprefix("main/")
        return f"{name} in {self.working}" if self.working else name

    def chosen(self, names: tuple[str, ...] = ()) -> tuple[RecipeTest, ...]:
        """Return the tests of these names; all when none is named.

        Raises
        ------
        RegistryError
            Of kind ``test``.
        """
        known = {one.name: one for one in self.manifest.tests}
        if unknown := [name for name in names if name not in known]:
            raise RegistryError(
                f"{self.label} has no test {unknown[0][:60]!r}",
                kind="test",
                hint=f"it has {', '.join(known)}" if known else "name tests: in its recipe.yaml",
            )
        return tuple(one for name, one in known.items() if not names or name in names)


def subject(registry: Registry, settings: Settings, named: str) -> Subject:
    """Return what a person named: a path, or ``NAME[@VERSION]``.

    Parameters
    ----------
    registry : Registry
    settings : Settings
    named : str

    Returns
    -------
    Subject

    Raises
    ------
    RegistryError
        No such recipe, or a working copy that is not in order.
    """
    if working_copy.is_path(named):
        return working(Path(named), settings)
    version = registry.resolve("recipe", named)
    folder = materialise(registry, version, settings.cache)
    manifest = registry.manifest(version)
    return Subject(version, manifest, folder, code_hash(manifest, folder))


def working(path: Path, settings: Settings, namespace: str = "main") -> Subject:
    """Return an author's working copy as it is now; later edits do not reach the tests.

    Parameters
    ----------
    path : pathlib.Path
    settings : Settings
    namespace : str
        Where it would be published.

    Returns
    -------
    Subject

    Raises
    ------
    RegistryError
        Of kind ``manifest`` with all that is wrong with it.
    """
    copy = working_copy.read(str(path), settings.cache)
    spec = Spec.parse(f"{namespace}/{copy.manifest.name}")
    number = Semver.parse(copy.manifest.version)
    version = Version("recipe", spec.namespace, spec.name, number, "", "", copy.tree)
    return Subject(version, copy.manifest, copy.folder, copy.code_hash, copy.path)
