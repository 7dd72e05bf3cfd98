"""Presets in the registry: published, and found for a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.publication import publish_files
from cobrex_registry.reading.near_miss import near_miss
from cobrex_registry.reading.text_file import read_file
from cobrex_registry.recipe.preset import FILE, Preset, parse
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Range, Spec
from cobrex_registry.store.tree_files import PLAIN, TreeFile
from cobrex_registry.version import Version


def publish_preset(
    registry: Registry, path: Path, *, namespace: str = "main", author: Author | None = None
) -> Version:
    """Check a preset's file against its recipe and publish it.

    Parameters
    ----------
    registry : Registry
        Where to; the recipe must be published there.
    path : pathlib.Path
        The YAML file.
    namespace : str
        Whose it is.
    author : Author, optional
        Who publishes.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``preset``, ``unknown-recipe``, ``unknown-version`` or ``version-taken``.
    """
    data = read_file(path)
    text = data.decode("utf-8-sig")
    return publish_text(registry, data, parse(text, str(path)), namespace=namespace, author=author)


def publish_text(
    registry: Registry,
    data: bytes,
    preset: Preset,
    *,
    namespace: str = "main",
    author: Author | None = None,
) -> Version:
    """Publish a preset that has been read, as the bytes it was read from."""
    preset.check(registry.manifest(registry.resolve("recipe", preset.recipe)))
    return publish_files(
        registry,
        "preset",
        Spec(Spec.parse(f"{namespace}/x").namespace, preset.published_name),
        version=preset.version,
        files=[TreeFile(FILE, PLAIN, data)],
        author=author or Author(),
    )


def presets_for(
    registry: Registry, recipe: Version, among: Range | None = None
) -> dict[str, Preset]:
    """Return the presets a recipe version may be run with.

    Parameters
    ----------
    registry : Registry
        Where they are published.
    recipe : Version
        The recipe version.
    among : Range, optional
        Which versions of presets count; by default every release that is not yanked. An exact
        one may be yanked.

    Returns
    -------
    dict of str to Preset
        The newest of each name that is for this version. Those of the recipe's own namespace and
        of ``main`` go by their name, others as ``namespace/name``.
    """
    wanted = among or Range()
    published = [
        one
        for thing in registry.things("preset")
        if thing.name.partition("--")[0] == recipe.name
        for one in thing.versions
        if one.number in wanted and (wanted.exact or thing.standing(one).yanked is None)
    ]
    # the recipe's own namespace last, so that it wins over main
    published.sort(key=lambda one: (one.namespace == recipe.namespace, one.number.precedence))
    found: dict[str, Preset] = {}
    for version, preset in zip(published, _read(registry, published), strict=True):
        if preset.recipe.full_name == recipe.full_name and recipe.number in preset.recipe.range:
            near = version.namespace in {recipe.namespace, "main"}
            found[preset.name if near else f"{version.namespace}/{preset.name}"] = preset
    return dict(sorted(found.items()))


def find_preset(registry: Registry, recipe: Version, name: str) -> Preset:
    """Return one preset of a recipe version.

    Parameters
    ----------
    registry : Registry
        Where it is published.
    recipe : Version
        The recipe version.
    name : str
        The preset's name, or ``NAME@VERSION``, ``NAME@RANGE``.

    Returns
    -------
    Preset

    Raises
    ------
    RegistryError
        Of kind ``preset``: unknown, or for another recipe or version.
    """
    name, at, wanted = name.partition("@")
    presets = presets_for(registry, recipe, Range.parse(wanted) if at else None)
    if name in presets:
        return presets[name]
    if at and name in (newest := presets_for(registry, recipe)):
        raise RegistryError(
            f"no version of preset {name!r} of {recipe.name} is {wanted}",
            kind="preset",
            hint=f"the newest is {name}@{newest[name].version}",
        )
    others = sorted({str(preset.recipe) for preset in all_presets(registry) if preset.name == name})
    if others:
        raise RegistryError(
            f"preset {name!r} is for {', '.join(others)}, not for {recipe}",
            kind="preset",
            hint=near_miss(name, presets) or f"{recipe.name} has no presets",
        )
    raise RegistryError(
        f"{recipe} has no preset {name[:60]!r}",
        kind="preset",
        hint=near_miss(name, presets) or f"{recipe.name} has no presets",
    )


def all_presets(registry: Registry) -> list[Preset]:
    """Return every published version of every preset."""
    return _read(registry, registry.list("preset"))


def _read(registry: Registry, versions: Sequence[Version]) -> list[Preset]:
    texts = registry.texts(versions, FILE)
    return [parse(text, f"{version}:{FILE}") for version, text in zip(versions, texts, strict=True)]
