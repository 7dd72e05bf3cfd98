"""Environments and versions laid out in the store that nothing has used for long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cobrex.batch.locks import active
from cobrex.settings import Settings
from cobrex_db import in_use
from cobrex_registry.environments import environment
from cobrex_registry.errors import RegistryError
from cobrex_registry.locks import suite
from cobrex_registry.locks.lock import Lock
from cobrex_registry.locks.lock import read as read_lock
from cobrex_registry.locks.locked import version_of
from cobrex_registry.materialise import materialise
from cobrex_registry.repository import Registry
from cobrex_registry.version import Version

from .item import Item
from .order import Order
from .running import Running
from .trash import size_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")
_TREE = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def environments(
    engine: Engine, settings: Settings, registry: Registry, order: Order, running: Running
) -> Iterator[Item]:
    """Yield the environments nothing has used since the order's date, no lock and no batch holds.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    registry : Registry
    order : Order
    running : Running

    Yields
    ------
    Item
    """
    if not settings.environments.is_dir():
        return
    with engine.connect() as connection:
        used = {one.environment for one in in_use.used_since(connection, order.before)}
    used |= running.environments | _locked_environments(settings, registry, running)
    for place in sorted(settings.environments.iterdir()):
        if not _DIGEST.fullmatch(place.name) or place.name in used or _young(place, order):
            continue
        # what holds its own path within is a link to where it was built
        paths = (place, place.parent / place.readlink().name) if place.is_symlink() else (place,)
        size = size_of(paths[-1])
        yield Item("environments", place.name, size, settings.environments, paths)


def versions(
    engine: Engine, settings: Settings, registry: Registry, order: Order, running: Running
) -> Iterator[Item]:
    """Yield the versions laid out in the cache that nothing has used since the order's date.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    registry : Registry
    order : Order
    running : Running

    Yields
    ------
    Item
    """
    with engine.connect() as connection:
        used = in_use.used_since(connection, order.before)
    held = {version.tree_sha for version in _published(registry, used)} | running.folders
    locks = _locks(settings, registry, running)
    held |= {entry.tree for lock in locks for entry in lock.entries}
    for place in sorted(settings.cache.glob("??/*")):
        if _TREE.fullmatch(place.name) and place.name not in held and not _young(place, order):
            yield Item("versions", place.name, size_of(place), settings.cache, (place,))


def _young(place: Path, order: Order) -> bool:
    facts = place.lstat()
    made = datetime.fromtimestamp(max(facts.st_mtime, facts.st_ctime), UTC).replace(tzinfo=None)
    return made >= order.before


def _published(registry: Registry, used: Iterable[in_use.Used]) -> Iterator[Version]:
    wanted: dict[str, set[str]] = {}
    for one in used:
        wanted.setdefault(one.recipe, set()).add(one.version)
    for recipe, numbers in wanted.items():
        try:
            published = registry.versions("recipe", recipe)
        except RegistryError:  # of a draft, most often: its name is no published one's
            continue
        yield from (version for version in published if version.version in numbers)


def _locks(settings: Settings, registry: Registry, running: Running) -> Iterator[Lock]:
    """The suite in use, those of running batches, and all that are published."""
    places = [*running.locks, active(settings)]
    yield from (read_lock(place) for place in places if place.is_file())
    for version in registry.list("suite"):
        yield suite.as_lock(registry, version)


def _locked_environments(settings: Settings, registry: Registry, running: Running) -> set[str]:
    found: set[str] = set()
    for lock in _locks(settings, registry, running):
        for entry in lock.entries:
            if entry.kind != "recipe" or dict(entry.environment).get("kind") == "host":
                continue
            try:
                version = version_of(registry, entry, lock.called)
                folder = materialise(registry, version, settings.cache)
                found.add(environment.digest(registry.manifest(version), folder))
            except RegistryError:  # what is not here any more has nothing to hold
                continue
    return found
