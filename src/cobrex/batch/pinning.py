"""Which recipes are pinned: those named, those their inputs come from, or all of them."""

from __future__ import annotations

from collections.abc import Sequence

from cobrex.rules import book
from cobrex.rules.model import Association
from cobrex_registry.errors import RegistryError
from cobrex_registry.locks.pin import newest_of_all
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.version import Version

from . import rules


def wanted(
    registry: Registry, names: Sequence[str], *, inputs: bool = False, every: bool = False
) -> list[Version]:
    """Return the versions to pin, as they would be used now.

    Parameters
    ----------
    registry : Registry
    names : sequence of str
        ``NAME[@RANGE]``; without names those that the association rules use.
    inputs : bool
        Also the recipes whose products those named may take, by the association rules.
    every : bool
        The newest release of every recipe, and those named.

    Returns
    -------
    list of Version
        One of each recipe; what is named wins over what a rule wants.

    Raises
    ------
    RegistryError
        Unknown or yanked recipes; ``lock`` when one is named twice.
    """
    named = [registry.resolve("recipe", name) for name in names]
    others: list[Version] = []
    if every:
        others = newest_of_all(registry)
    elif inputs or not names:
        others = _of_rules(registry, named, everything=not names)
    taken = {one.full_name for one in named}
    return [*named, *_once([one for one in others if one.full_name not in taken])]


def _of_rules(registry: Registry, named: Sequence[Version], *, everything: bool) -> list[Version]:
    associations = book.load().associations
    full_names = {one.full_name for one in named}
    chosen = [a for a in associations.values() if everything or _full_name(a) in full_names]
    needed = [a for a in rules.below(chosen, associations) if _full_name(a) not in full_names]
    found = [_version(registry, a.recipe, missing_is_none=everything) for a in needed]
    return [one for one in found if one is not None]


def _version(registry: Registry, recipe: str, *, missing_is_none: bool) -> Version | None:
    """Rules that ship for other instruments name recipes that not everybody has imported."""
    try:
        return registry.resolve("recipe", recipe)
    except RegistryError as error:
        if missing_is_none and error.kind == "unknown-recipe":
            return None
        raise


def _full_name(association: Association) -> str:
    return Spec.parse(association.recipe).full_name


def _once(versions: Sequence[Version]) -> list[Version]:
    found: dict[str, Version] = {}
    for one in versions:
        other = found.setdefault(one.full_name, one)
        if other.version != one.version:
            raise RegistryError(
                f"association rules use both {other} and {one}",
                kind="lock",
                hint=f"a lock holds one version of a recipe: name it, as {one}",
            )
    return list(found.values())
