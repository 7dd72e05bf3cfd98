"""Raising a version: the number that says what changed, written into recipe.yaml and published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cobrex_registry.admission.change import PATCH, level_of, numbers, raised, suffices, weightier
from cobrex_registry.admission.comparison import compare, old_manifest, previous
from cobrex_registry.admission.lint import read_sound
from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.publication import Deliver, publish
from cobrex_registry.recipe.manifest import FILE, Manifest, parse
from cobrex_registry.recipe.manifest_file import read_text, replace_text
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver, Spec
from cobrex_registry.store.tree_hash import root_id
from cobrex_registry.version import Version

from .yaml_places import set_value

_ATTEMPTS = 20


def publish_raised(
    registry: Registry,
    folder: Path,
    *,
    namespace: str = "main",
    author: Author | None = None,
    source: Mapping[str, str] | None = None,
    level: str = PATCH,
    deliver: Deliver | None = None,
) -> Version:
    """Raise the version in a recipe's folder as far as it must be, and publish it.

    A number that does already is kept, and the same files again are a no-op. When somebody else
    publishes the number meanwhile, the next one is taken.

    Parameters
    ----------
    registry, folder, namespace, author, source, deliver
        As of `cobrex_registry.publication.publish`.
    level : {'major', 'minor', 'patch'}
        The least that the number shall say.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``manifest`` with all that lint finds, or when the version cannot be written.
    """
    for attempt in range(_ATTEMPTS):
        number = next_number(registry, folder, namespace=namespace, level=level)
        write_number(folder, number)
        try:
            return publish(
                registry, folder, namespace=namespace, author=author, source=source, deliver=deliver
            )
        except RegistryError as error:
            if error.kind != "version-taken" or attempt + 1 == _ATTEMPTS:
                raise
    raise AssertionError  # the last attempt returns or raises


def next_number(
    registry: Registry, folder: Path, *, namespace: str = "main", level: str = PATCH
) -> Semver:
    """Return the number a recipe's folder may be published under.

    Parameters
    ----------
    registry : Registry
        Where to.
    folder : pathlib.Path
        Holds ``recipe.yaml`` and the recipe's files.
    namespace : str
        Whose it is.
    level : {'major', 'minor', 'patch'}
        The least that the number shall say.

    Returns
    -------
    Semver
        What the manifest says, if that does; else the lowest that does.
    """
    files, manifest = read_sound(folder)
    number = Semver.parse(manifest.version)
    published = registry.versions("recipe", Spec.parse(f"{namespace}/{manifest.name}").full_name)
    taken = {str(one.number): one for one in published}
    same = taken.get(str(number))
    if same is not None and same.tree_sha == root_id(files, manifest.name):
        return number
    if same is None and _does(registry, manifest, published, number, level):
        return number
    if number.pre:
        return _next_pre(registry, manifest, published, number, level)
    return _lowest(registry, manifest, published, number, level)


def _lowest(
    registry: Registry, manifest: Manifest, published: Sequence[Version], number: Semver, level: str
) -> Semver:
    """Climb from what is published to the first free number that says enough."""
    taken = {str(one.number) for one in published}
    base = (
        number if str(number) in taken else getattr(previous(published, number), "number", number)
    )
    while True:
        old = next((one for one in published if one.number == base), None)
        weight = weightier(level, _level(registry, manifest, old))
        number = raised(base, weight)
        before = previous(published, number)
        if str(number) in taken:
            base = number
        elif before is not None and before.number > base:
            base = before.number
        else:
            return number


def _next_pre(
    registry: Registry, manifest: Manifest, published: Sequence[Version], number: Semver, level: str
) -> Semver:
    """Return the next pre-release of the same three numbers, or of the lowest that do."""
    taken = {str(one.number) for one in published}
    if not _does(registry, manifest, published, number, level):
        release = _lowest(registry, manifest, published, Semver(*numbers(number)), level)
        number = Semver(*numbers(release), number.pre)
    while str(number) in taken:
        stem, dot, last = number.pre.rpartition(".")
        pre = f"{stem}{dot}{int(last) + 1}" if last.isdigit() else f"{number.pre}.1"
        number = Semver(*numbers(number), pre)
    return number


def _does(
    registry: Registry, manifest: Manifest, published: Sequence[Version], number: Semver, level: str
) -> bool:
    before = previous(published, number)
    if before is None:
        return True
    weight = weightier(level, _level(registry, manifest, before))
    return suffices(before.number, number, weight)


def _level(registry: Registry, manifest: Manifest, before: Version | None) -> str:
    old = old_manifest(registry, before) if before is not None else None
    return PATCH if old is None else level_of(compare(old, manifest))


def write_number(folder: Path, number: Semver) -> None:
    """Write a version into a folder's ``recipe.yaml``; comments, quotes and line ends stay.

    Parameters
    ----------
    folder : pathlib.Path
        The recipe.
    number : Semver
        Its new version.

    Raises
    ------
    RegistryError
        Of kind ``manifest`` when this manifest cannot be changed by a program.
    """
    text = read_text(folder)
    old = parse(text, FILE)
    if old.version == str(number):
        return
    changed = set_value(text, "version", str(number), after="name")
    if not only_differs(old, parse(changed, FILE), {"version": str(number)}):
        raise RegistryError(
            f"{folder / FILE}: the version cannot be changed by a program",
            kind="manifest",
            hint=f'write version: "{number}" with an editor',
        )
    replace_text(folder, changed)


def only_differs(old: Manifest, new: Manifest, values: Mapping[str, str]) -> bool:
    """Tell whether a manifest is another one with a few values set."""
    return all(
        getattr(new, key) == values.get(key, getattr(old, key)) for key in Manifest.__slots__
    )
