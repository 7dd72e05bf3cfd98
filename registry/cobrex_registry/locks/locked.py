"""Locked: the published versions that a lock holds, exactly those or an error."""

from __future__ import annotations

from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.preset import FILE, Preset
from cobrex_registry.recipe.preset import parse as parse_preset
from cobrex_registry.repository import Registry
from cobrex_registry.resolution import warnings
from cobrex_registry.semver import Range, Spec
from cobrex_registry.version import Version

from .lock import Entry, Lock, find

_SHOWN = 10


def version_of(registry: Registry, entry: Entry, source: str = "the lock") -> Version:
    """Return the published version an entry holds; that it is yanked is a warning.

    Parameters
    ----------
    registry : Registry
        Where it must be.
    entry : Entry
        Of a lock.
    source : str
        What the lock is called in messages.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``lock``: it is not published here, or is another one.
    """
    thing = registry.thing(entry.kind, Spec.parse(entry.name))
    found = next((one for one in thing.versions if one.version == entry.version), None)
    if found is None:
        where = thing.trouble or "is not published here"
        raise RegistryError(
            f"{entry.kind} {entry.short} of {source} {where}",
            kind="lock",
            hint=f"cobrex recipe sync PEER --lock {_file(source)} brings it in",
        )
    # another tag of the same tree is the same version, published on two servers
    if found.tree_sha != entry.tree:
        raise RegistryError(
            f"{entry.kind} {entry.short} of {source} is not the one published here: other files",
            kind="lock",
            hint="the lock comes from another registry: cobrex recipe sync PEER tells conflicts, "
            "cobrex recipe pin writes a lock of this one",
        )
    said = warnings(thing, found)
    registry.warnings += [one for one in said if one not in registry.warnings]
    return found


def verify(registry: Registry, lock: Lock) -> list[Version]:
    """Return all versions of a lock.

    Parameters
    ----------
    registry : Registry
        Where they must be, with the same files.
    lock : Lock
        What is held.

    Returns
    -------
    list of Version
        In the order of the entries. What is yanked or deprecated is told in the registry's
        ``warnings``.

    Raises
    ------
    RegistryError
        Of kind ``lock``, with all that is missing or differs.
    """
    versions, problems = [], []
    for entry in lock.entries:
        try:
            versions.append(version_of(registry, entry, lock.source or lock.called))
        except RegistryError as error:
            problems.append(error)
    if not problems:
        return versions
    told = "\n  ".join(error.message for error in problems[:_SHOWN])
    more = f"\n  and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    raise RegistryError(told + more, kind="lock", hint=problems[0].hint)


def locked_recipe(registry: Registry, lock: Lock, wanted: Spec) -> Version:
    """Return the version of a recipe that a lock holds.

    Parameters
    ----------
    registry : Registry
        Where it must be.
    lock : Lock
        What is held.
    wanted : Spec
        Name; a range or number it must agree with. A channel does not matter: the lock holds.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``not-locked``, or ``lock`` when another version is wanted or it is not there.
    """
    entry = find(lock, "recipe", wanted.full_name)
    version = version_of(registry, entry, lock.source or lock.called)
    _demand(version, wanted.range, str(wanted), lock, entry)
    return version


def locked_preset(registry: Registry, lock: Lock, recipe: Version, name: str) -> Preset:
    """Return the preset of a recipe version that a lock holds.

    Parameters
    ----------
    registry : Registry
        Where it must be.
    lock : Lock
        What is held.
    recipe : Version
        Which recipe.
    name : str
        ``careful``, ``namespace/careful``; a version or range behind ``@`` must agree.

    Returns
    -------
    Preset

    Raises
    ------
    RegistryError
        Of kind ``not-locked``, ``lock``, or ``preset`` when it is not for this version.
    """
    named, at, wanted = name.partition("@")
    namespace, slash, bare = named.rpartition("/")
    spaces = (namespace,) if slash else (recipe.namespace, "main")
    names = [f"{space}/{recipe.name}--{bare}" for space in spaces]
    held = next((one for one in names if lock.get("preset", one)), names[0])
    entry = find(lock, "preset", held)
    version = version_of(registry, entry, lock.source or lock.called)
    if at:
        _demand(version, Range.parse(wanted), f"preset {name}", lock, entry)
    preset = parse_preset(registry.text(version, FILE), f"{version}:{FILE}")
    if preset.recipe.full_name != recipe.full_name or recipe.number not in preset.recipe.range:
        raise RegistryError(
            f"preset {entry.short} is for {preset.recipe}, not for {recipe}",
            kind="preset",
            hint="choose another --preset, or pin again",
        )
    return preset


def locked_document(registry: Registry, lock: Lock, kind: str, wanted: Spec) -> Version | None:
    """Return the version of rules or of a workflow that a lock holds.

    Parameters
    ----------
    registry : Registry
        Where it must be.
    lock : Lock
        What is held.
    kind : str
        ``rules`` or ``workflow``.
    wanted : Spec
        Name; a range or number it must agree with.

    Returns
    -------
    Version or None
        None when the lock does not hold it: a lock of recipes alone says nothing of documents.

    Raises
    ------
    RegistryError
        Of kind ``lock``: another version is wanted, or it is not there.
    """
    entry = lock.get(kind, wanted.full_name)
    if entry is None:
        return None
    version = version_of(registry, entry, lock.source or lock.called)
    _demand(version, wanted.range, f"{kind} {wanted}", lock, entry)
    return version


def _demand(version: Version, wanted: Range, called: str, lock: Lock, entry: Entry) -> None:
    precedence = version.number.precedence
    # a pre-release in a lock was asked for by whoever made the lock
    if not all(low <= precedence < high for low, high in wanted.clauses):
        raise RegistryError(
            f"{called} is wanted, but the {lock.called} holds {entry.short}",
            kind="lock",
            hint="leave the version out, or do without the lock: --lock FILE names another, "
            "cobrex recipe suite use --none puts the suite away",
        )


def _file(source: str) -> str:
    return source if source and " " not in source else "FILE"
