"""Cleaning: what may go is found, and taken away kind by kind."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cobrex.settings import Settings
from cobrex_db import cleaning, in_use
from cobrex_db.cleaning import Candidate
from cobrex_registry.errors import RegistryError
from cobrex_registry.repository import Registry

from . import attempts, leftovers, running, software
from .item import Item
from .order import Order
from .running import Running
from .trash import FOLDER, alone, empty_all, size_of, throw

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(slots=True)
class Found:
    """What may be cleaned away.

    Attributes
    ----------
    items : list of Item
        Each once, under the first kind it is of.
    kept : Counter of str
        How many attempts are kept, by why.
    running : Running
    """

    items: list[Item] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    running: Running = field(default_factory=Running)


def survey(engine: Engine, settings: Settings, registry: Registry, order: Order) -> Found:
    """Find what may be cleaned away; nothing is changed.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    registry : Registry
        Says which outputs are intermediate, and which versions locks hold.
    order : Order

    Returns
    -------
    Found
    """
    found = Found(running=running.read(engine, settings))
    _attempts(engine, settings, registry, order, found)
    others: dict[str, Callable[[], Iterator[Item]]] = {
        "scratch": lambda: leftovers.scratch(engine, settings, order),
        "batches": lambda: leftovers.batches(engine, settings, order),
        "environments": lambda: software.environments(
            engine, settings, registry, order, found.running
        ),
        "versions": lambda: software.versions(engine, settings, registry, order, found.running),
    }
    for kind, look in others.items():
        if kind in order.kinds and (order.star_id is None):
            found.items += [one for one in look() if one.size_bytes >= order.least_bytes]
    return found


def _attempts(
    engine: Engine, settings: Settings, registry: Registry, order: Order, found: Found
) -> None:
    asked = cleaning.Asked(order.before, order.batch, order.star_id)
    wanted: dict[int, Candidate] = {}
    with engine.connect() as connection:
        roles = intermediate(registry, in_use.recipes_in_use(connection))
        for kind in order.attempts:
            for one in cleaning.candidates(connection, kind, asked, roles):
                wanted.setdefault(one.attempt_id, one)
        holds = cleaning.kept(connection, wanted.values(), order.user, found.running.frames)
    for number, one in wanted.items():
        place = attempts.place_of(settings, one.folder)
        if place is None or not attempts.may_move(place, one):
            holds.setdefault(number, "not yours")
        if number in holds:
            found.kept[holds[number]] += 1
            continue
        size = one.size_bytes or sum(map(size_of, attempts.files_of(place, one))) if place else 0
        if size >= order.least_bytes:
            name = f"{one.recipe.removeprefix('main/')} {one.key[:8]}/{one.number}"
            found.items.append(Item(one.kind, name, size, settings.processes, (), one))


def intermediate(registry: Registry, recipes: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return which outputs of recipes are intermediate: the newest version decides for all.

    Parameters
    ----------
    registry : Registry
    recipes : iterable of str
        ``namespace/name``.

    Returns
    -------
    dict of str to frozenset of str
        Roles, by recipe; those without are left out.
    """
    found: dict[str, frozenset[str]] = {}
    for recipe in recipes:
        try:
            published = [v for v in registry.versions("recipe", recipe) if "-" not in v.version]
            outputs = registry.manifest(published[-1]).outputs if published else ()
        except RegistryError:  # unpublished, or blocked: nothing is said of it
            continue
        if roles := frozenset(one.role for one in outputs if one.intermediate):
            found[recipe] = roles
    return found


def clean(engine: Engine, settings: Settings, found: Found, order: Order) -> Iterator[Item]:
    """Take away what was found.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    found : Found
    order : Order

    Yields
    ------
    Item
        Each, once it is gone.

    Raises
    ------
    UsageError
        Kind ``cleaning``: another command cleans.
    """
    with alone(settings.processes) as trash:
        attempts.finish(engine, settings, trash)
        now = running.read(engine, settings)  # a person took time to say yes
        for area in (settings.processes, settings.batches, settings.environments, settings.cache):
            if os.path.lexists(area / FOLDER):
                empty_all(area)
        of = {i.attempt.attempt_id: i for i in found.items if i.attempt is not None}
        chosen = [i.attempt for i in of.values() if i.attempt is not None]
        for one in attempts.remove(engine, settings, chosen, order.user, now.frames):
            yield of[one.attempt_id]
        now = running.read(engine, settings)  # the attempts took their time
        for item in found.items:
            if item.attempt is not None or now.needs(item):
                continue
            if not throw(list(item.paths), item.area):
                yield item
