"""What each process of a plan may use, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex.plan.model import PlannedProcess, uses
from cobrex.plan.needs import Needs
from cobrex.site import PLACE, Site, Wish, read_need
from cobrex_registry.reading.near_miss import near_miss

from .history import Experience, experience

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .prepare import Prepared

Grown = Mapping[str, int]
Past = dict[tuple[str, str], Experience]
_OF_GROWTH = {"memory": "memory_mb", "time": "walltime_min"}


def past_of(engine: Engine, prepared: Prepared) -> Past:
    """Ask the catalogue for what the recipes of the processes to make used before.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    prepared : Prepared

    Returns
    -------
    dict of (str, str) to Experience
        `cobrex.batch.history.experience`.
    """
    return experience(engine, uses(prepared.to_make))


def needs_of(prepared: Prepared, past: Past, grown: Mapping[str, Grown]) -> dict[str, Needs]:
    """Decide what the processes to make may use.

    Parameters
    ----------
    prepared : Prepared
    past : dict of (str, str) to Experience
        `past_of`.
    grown : mapping of str to mapping
        ``memory``, ``time``: how often each is doubled after a failure; by key.

    Returns
    -------
    dict of str to Needs
        By key.

    Raises
    ------
    UsageError
        Kind ``need``: the request asks for what there is not.
    """
    processes = prepared.to_make
    layers = _layers(prepared)
    found: dict[str, Needs] = {}
    same: dict[tuple[Any, ...], Needs] = {}
    for p in processes:
        growth = grown.get(p.key, {})
        case = id(p.recipe), p.association, *sorted(growth.items())
        if case not in same:
            known = past[p.recipe.name, p.recipe.code_hash]
            same[case] = layers.needs(p, known, growth)
        found[p.key] = same[case]
    return found


def _layers(prepared: Prepared) -> _Layers:
    kitchen = prepared.kitchen
    request = read_needs(prepared.request.needs)
    recipes = {use.name for use in kitchen.uses.values()}
    for name in request:
        if name and not {name, f"main/{name}"} & recipes:
            short = sorted(recipe.removeprefix("main/") for recipe in recipes)
            raise UsageError(
                f"--need: the plan has no recipe {name!r}",
                hint=near_miss(name, short) or f"it has {', '.join(short)}",
                kind="need",
            )
    return _Layers(kitchen.resources, kitchen.settings.site, request)


class _Layers:
    """Who says what a process is to have: the later wins.

    Parameters
    ----------
    presets : mapping
        What presets say, by association.
    site : Site
    request : mapping
        `read_needs`.
    """

    def __init__(
        self, presets: Mapping[str, Mapping[str, int]], site: Site, request: Mapping[str, Wish]
    ) -> None:
        self.presets = presets
        self.site = site
        self.request = request

    def needs(self, process: PlannedProcess, past: Experience, growth: Grown) -> Needs:
        """Return what one process may use."""
        name = process.recipe.name
        asked = Needs.of_manifest(process.recipe.manifest["resources"])
        own = past.fit(asked)
        # what it was not enough for is not like what was before
        own = replace(own, **{f: max(getattr(asked, f), getattr(own, f)) for f in _grow(growth)})
        own = self._capped(_with(own, self.presets.get(process.association, {})), None)
        site = {**self.site.place, **self.site.of_recipe(name)}
        said = _with(_with(own, site), self._of_request(name))
        return self._capped(said.grown(**growth), said) if growth else said

    def _of_request(self, name: str) -> Wish:
        short = self.request.get(name.removeprefix("main/"), {})
        return {**self.request.get("", {}), **short, **self.request.get(name, {})}

    def _capped(self, needs: Needs, said: Needs | None) -> Needs:
        """Return needs within the site's limits; what a person said holds beyond them."""
        memory, time = self.site.max_memory_mb, self.site.max_walltime_min
        if said is not None:
            memory = memory and max(memory, said.memory_mb)
            time = time and max(time, said.walltime_min)
        return replace(
            needs,
            memory_mb=min(needs.memory_mb, memory or needs.memory_mb),
            walltime_min=min(needs.walltime_min, time or needs.walltime_min),
        )


def _grow(growth: Grown) -> list[str]:
    return [_OF_GROWTH[what] for what, times in growth.items() if times]


def _with(needs: Needs, wish: Wish) -> Needs:
    place: dict[str, Any] = {k: v for k, v in wish.items() if k in PLACE}
    own: dict[str, Any] = {k: v for k, v in wish.items() if k not in PLACE}
    return replace(needs, **own, place=replace(needs.place, **place))


def read_needs(words: Mapping[str, str]) -> dict[str, dict[str, int | str]]:
    """Read what a request wants processes to have.

    Parameters
    ----------
    words : mapping of str to str
        ``[RECIPE.]KEY`` to value, as a person wrote them.

    Returns
    -------
    dict of str to dict
        By recipe; under the empty name what holds for all.

    Raises
    ------
    UsageError
        Kind ``need``.
    """
    found: dict[str, dict[str, int | str]] = {}
    for word, said in words.items():
        recipe, _, key = word.rpartition(".")
        try:
            name, value = read_need(key, said)
        except ValueError as error:
            raise UsageError(
                f"--need {word}={said}: {error}",
                hint="like --need memory=16GiB, or for one recipe --need ird_flat.cores=4",
                kind="need",
            ) from error
        found.setdefault(recipe, {})[name] = value
    return found
