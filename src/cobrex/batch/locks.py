"""Locks: the one a request is held by, and the one a batch leaves of what it used."""

from __future__ import annotations

import re
from pathlib import Path

from cobrex.plan.model import RecipeUse
from cobrex.settings import Settings
from cobrex_registry.errors import RegistryError
from cobrex_registry.locks.lock import Entry, Lock, read
from cobrex_registry.locks.pin import recipe_entry
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.version import Version

from .claims import batch_folder
from .recipes import Kitchen

FILE = "cobrex.lock"


def active(settings: Settings) -> Path:
    """Return where the suite in use is kept: ``$COBREX_HOME/suite.lock``."""
    return settings.home / "suite.lock"


def chosen(settings: Settings, path: Path | None) -> Lock | None:
    """Return the lock that holds.

    Parameters
    ----------
    settings : Settings
    path : pathlib.Path or None
        What a person named.

    Returns
    -------
    Lock or None
        None when nothing is named and no suite is in use.

    Raises
    ------
    RegistryError
        It cannot be read, or is no lock.
    """
    if path is not None:
        return read(path)
    place = active(settings)
    if not place.exists() and not place.is_symlink():
        return None
    try:
        return read(place)
    except RegistryError as error:
        raise RegistryError(
            error.message,
            hint="cobrex recipe suite use --none puts it away",
            kind=error.kind,
        ) from error


def of_batch(settings: Settings, name: str) -> Lock:
    """Return what a batch was made with, to make more of it with the same.

    Parameters
    ----------
    settings : Settings
    name : str
        Of the batch.

    Returns
    -------
    Lock

    Raises
    ------
    UsageError
        Kind ``batch-name``.
    RegistryError
        Of kind ``lock``: it left none, or it is damaged.
    """
    path = batch_folder(settings, name) / FILE
    if not path.is_file():
        raise RegistryError(
            f"batch {name} left no {FILE}",
            hint="batches leave one when all they use is published, one version of each recipe; "
            "repeat the cobrex reduce it comes from",
            kind="lock",
        )
    return read(path)


def used(kitchen: Kitchen, workflow: str) -> Lock | None:
    """Return the versions that a plan was made with.

    Parameters
    ----------
    kitchen : Kitchen
        Filled by the plan.
    workflow : str
        As it was asked for; one that is a file is in no lock.

    Returns
    -------
    Lock or None
        None when no lock can say it: a working copy, or two versions of one recipe.
    """
    registry, entries = kitchen.registry, dict[tuple[str, str], Entry]()
    for name, use in kitchen.uses.items():
        version = _published(registry, "recipe", use.name, use.version)
        if use.draft or version is None or version.tree_sha != use.tree:
            return None
        entry = recipe_entry(registry, version, kitchen.manifests[name], kitchen.settings.cache)
        if entries.setdefault((entry.kind, entry.name), entry) != entry:
            return None
        preset = _preset_entry(kitchen, name, use)
        if preset is not None and entries.setdefault((preset.kind, preset.name), preset) != preset:
            return None
    if re.search("[/@#]", workflow) and not workflow.endswith((".yaml", ".yml")):
        one = _entry(registry.resolve("workflow", workflow))
        entries[one.kind, one.name] = one
    return Lock(tuple(sorted(entries.values()))) if entries else None


def _preset_entry(kitchen: Kitchen, association: str, use: RecipeUse) -> Entry | None:
    if association not in kitchen.presets:
        return None
    asked, version = kitchen.presets[association]
    namespace, slash, bare = asked.partition("@")[0].rpartition("/")
    own, _, recipe = use.name.partition("/")
    for space in (namespace,) if slash else (own, "main"):
        found = _published(kitchen.registry, "preset", f"{space}/{recipe}--{bare}", version)
        if found is not None:
            return _entry(found)
    return None


def _published(registry: Registry, kind: str, name: str, version: str) -> Version | None:
    versions = registry.thing(kind, Spec.parse(name)).versions
    return next((one for one in versions if one.version == version), None)


def _entry(version: Version) -> Entry:
    return Entry(
        version.kind, version.full_name, version.version, version.tag_sha, version.tree_sha
    )
