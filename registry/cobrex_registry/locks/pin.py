"""Pin: from wanted names to exact versions, with the presets they may be run with."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.materialise import materialise
from cobrex_registry.recipe.code_hash import code_hash
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.recipe.preset import FILE, parse
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.version import Version

from .lock import Entry, Lock


def pin(registry: Registry, recipes: Iterable[Version], cache: Path) -> Lock:
    """Return a lock of recipes and of the presets for them.

    Parameters
    ----------
    registry : Registry
        Where they are published.
    recipes : iterable of Version
        One version of each.
    cache : pathlib.Path
        Where they are materialised: the code hash is that of the files.

    Returns
    -------
    Lock

    Raises
    ------
    RegistryError
        Of kind ``lock`` when two versions of one recipe are wanted, or none.
    """
    chosen: dict[str, Version] = {}
    for version in recipes:
        other = chosen.setdefault(version.full_name, version)
        if other.version != version.version:
            raise RegistryError(
                f"{other} and {version} are both wanted",
                kind="lock",
                hint="a lock holds one version of a recipe: name it in full",
            )
    if not chosen:
        raise RegistryError("there is nothing to pin", kind="lock", hint="cobrex recipe list")
    versions = list(chosen.values())
    manifests = registry.manifests(versions)
    entries = [
        recipe_entry(registry, version, manifest, cache)
        for version, manifest in zip(versions, manifests, strict=True)
    ]
    return Lock(tuple(sorted([*entries, *preset_entries(registry, versions)])))


def recipe_entry(registry: Registry, version: Version, manifest: Manifest, cache: Path) -> Entry:
    """Return what a lock says of a recipe version."""
    folder = materialise(registry, version, cache)
    return Entry(
        "recipe",
        version.full_name,
        version.version,
        version.tag_sha,
        version.tree_sha,
        code_hash(manifest, folder),
        _environment(manifest, folder),
    )


def preset_entries(registry: Registry, recipes: Iterable[Version]) -> list[Entry]:
    """Return what a lock says of presets: the newest of each that is for one of the recipes."""
    by_name: dict[str, list[Version]] = {}
    for recipe in recipes:
        by_name.setdefault(recipe.name, []).append(recipe)
    candidates = [
        version
        for thing in registry.things("preset")
        if thing.name.partition("--")[0] in by_name
        for version in thing.versions
        if not version.number.pre and thing.standing(version).yanked is None
    ]
    found: dict[str, Version] = {}
    texts = registry.texts(candidates, FILE)
    for version, text in zip(candidates, texts, strict=True):  # from old to new
        wanted = parse(text, f"{version}:{FILE}").recipe
        if any(
            one.full_name == wanted.full_name and one.number in wanted.range
            for one in by_name[version.name.partition("--")[0]]
        ):
            found[version.full_name] = version
    return [
        Entry("preset", one.full_name, one.version, one.tag_sha, one.tree_sha)
        for one in found.values()
    ]


def newest_of_all(registry: Registry) -> list[Version]:
    """Return the newest release of every recipe; those yanked altogether are left out."""
    found = []
    for thing in registry.things("recipe"):
        usable = [
            one for one in thing.versions
            if not one.number.pre and thing.standing(one).yanked is None
        ]  # fmt: skip
        if usable:
            found.append(registry.resolve("recipe", Spec.parse(f"{usable[-1]}")))
    return found


def _environment(manifest: Manifest, folder: Path) -> tuple[tuple[str, str], ...]:
    spec = manifest.environment
    said = [("kind", spec.kind)]
    if spec.lock:
        said.append(("lock", sha256((folder / spec.lock).read_bytes()).hexdigest()))
    if spec.image:
        said.append(("image", spec.image))
    return tuple(said)
