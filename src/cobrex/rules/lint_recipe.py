"""What is wrong between rules and the recipes they name: roles, types, counts, parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from cobrex_db.errors import CatalogueError
from cobrex_db.instrument.place import Place
from cobrex_db.near_miss import near
from cobrex_registry.errors import RegistryError
from cobrex_registry.presets.published import presets_for
from cobrex_registry.recipe.inputs import Input
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec

from .lint_steps import Unit
from .model import Association, Count, InputRule, Source


@dataclass(slots=True)
class Recipes:
    """The recipes that rules name, found in a registry.

    Attributes
    ----------
    registry : Registry or None
        None: nothing is known of recipes.
    """

    registry: Registry | None
    _found: dict[str, Manifest | RegistryError] = field(default_factory=dict)

    def get(self, spec: str) -> Manifest | RegistryError | None:
        """Return the manifest a rule's recipe stands for, or why there is none."""
        if self.registry is None:
            return None
        if spec not in self._found:
            try:
                version = self.registry.resolve("recipe", Spec.parse(spec))
                self._found[spec] = self.registry.manifest(version)
            except RegistryError as error:
                self._found[spec] = error
        return self._found[spec]

    def presets(self, spec: str) -> list[str]:
        """Return the presets there are for a rule's recipe, which is there."""
        if self.registry is None:
            return []
        version = self.registry.resolve("recipe", Spec.parse(spec))
        return list(presets_for(self.registry, version))

    def names(self) -> list[str]:
        """Return the names of all recipes."""
        return [one.name for one in self.registry.things("recipe")] if self.registry else []


def against_recipes(unit: Unit, recipes: Recipes) -> tuple[list[CatalogueError], list[str]]:
    """Return what does not fit the recipes, and what could not be looked at.

    Parameters
    ----------
    unit : Unit
    recipes : Recipes

    Returns
    -------
    problems : list of CatalogueError
    notes : list of str
    """
    problems: list[CatalogueError] = []
    notes: list[str] = []
    for one in unit.own.values():
        found = recipes.get(one.recipe)
        if isinstance(found, RegistryError):
            place = unit.place(one, "recipe")
            name = one.recipe.partition("@")[0]
            unknown = found.kind == "unknown-recipe"
            if not unknown or get_close_matches(name, recipes.names(), n=1, cutoff=0.8):
                problems.append(place.error(found.message, found.hint))
            else:
                notes.append(place.error(f"{found.message}: its roles are not looked at").message)
        elif found is not None:
            problems += _against(unit, one, found, recipes)
    return problems, notes


def _against(
    unit: Unit, one: Association, manifest: Manifest, recipes: Recipes
) -> Iterator[CatalogueError]:
    roles = {i.role: i for i in manifest.inputs}
    yield from _main(unit, one, manifest, recipes)
    yield from _preset(unit, one, manifest, recipes)
    for rule in one.inputs:
        place = unit.place(one, "inputs", rule.role)
        need = roles.get(rule.role)
        if need is None:
            others = [i.role for i in manifest.inputs if not i.main]
            yield place.error(
                f"{manifest.name} has no input {rule.role!r}",
                near(rule.role, others) or f"its inputs: {', '.join(others) or 'main ones alone'}",
            )
        elif need.main:
            yield place.error(f"{rule.role} is the main input", "say it under main:")
        else:
            yield from _count(place, rule.count, need, manifest)
            yield from _types(unit, place, rule, need, recipes)
    for role, need in roles.items():
        if need.min > 0 and not need.main and one.rule(role) is None:
            yield unit.place(one, "inputs").error(
                f"{manifest.name} needs {role} ({' or '.join(need.frame_types)}), and no rule "
                "says where it comes from",
                f"{role}: {{frame_type: {need.frame_types[0]}, match: [...]}}",
            )
    names = [p.name for p in manifest.parameters]
    for bound in one.parameters:
        if bound.name not in names:
            yield unit.place(one, "parameters", bound.name).error(
                f"{manifest.name} has no parameter {bound.name!r}",
                near(bound.name, names) or f"its parameters: {', '.join(names) or 'none'}",
            )


def _preset(
    unit: Unit, one: Association, manifest: Manifest, recipes: Recipes
) -> Iterator[CatalogueError]:
    name = one.preset.partition("@")[0]
    if name and name not in (known := recipes.presets(one.recipe)):
        yield unit.place(one, "preset").error(
            f"{manifest.name} has no preset {name!r}",
            near(name, known) or f"it has {', '.join(known) or 'none'}",
        )


def _main(
    unit: Unit, one: Association, manifest: Manifest, recipes: Recipes
) -> Iterator[CatalogueError]:
    need = manifest.main_input
    place = unit.place(one, "main")
    for name in one.main.frame_types:
        if name not in need.frame_types:
            yield place.at("frame_type").error(
                f"{manifest.name} does not reduce {name}",
                near(name, need.frame_types) or f"it reduces {', '.join(need.frame_types)}",
            )
    if one.main.origin:
        yield from _made(unit, place, (one.main.origin, one.main.output), need, recipes)
    yield from _count(place, one.main.count, need, manifest)


def _count(place: Place, count: Count, need: Input, manifest: Manifest) -> Iterator[CatalogueError]:
    said = f"{manifest.name} takes {_range(need)} {need.role}"
    here = place.at("count")
    if count.min is not None and need.max is not None and count.min > need.max:
        yield here.error(f"at least {count.min} are asked for, {said}", f"min: {need.max}")
    if count.max is not None and count.max < need.min:
        yield here.error(f"at most {count.max} are allowed, {said}", f"max: {need.min}")


def _range(need: Input) -> str:
    if need.max == need.min:
        return str(need.min)
    return f"{need.min} or more" if need.max is None else f"{need.min} to {need.max}"


def _types(
    unit: Unit, place: Place, rule: InputRule, need: Input, recipes: Recipes
) -> Iterator[CatalogueError]:
    for source in rule.sources:
        for name in source.frame_types:
            if name not in need.frame_types:
                yield place.error(
                    f"{name} does not serve as {need.role}",
                    near(name, need.frame_types) or f"it takes {' or '.join(need.frame_types)}",
                )
        if source.origin:
            yield from _made(unit, place, (source.origin, source.output), need, recipes)
        yield from _take(place, rule, source, need)


def _take(place: Place, rule: InputRule, source: Source, need: Input) -> Iterator[CatalogueError]:
    fewest = rule.count.min if rule.count.min is not None else need.min
    if source.take == "latest" and fewest > 1 and not source.per:
        yield place.error(f"take: latest gives one frame, at least {fewest} are asked for",
                          "take: all, or nearest")  # fmt: skip


def _made(
    unit: Unit, place: Place, maker: tuple[str, str], need: Input, recipes: Recipes
) -> Iterator[CatalogueError]:
    """Look at what a step makes: a role its recipe has, of a type that serves."""
    step, output = maker
    if step not in unit.known:
        return
    found = recipes.get(unit.known[step].recipe)
    if not isinstance(found, Manifest):
        return
    made: Mapping[str, str] = {o.role: o.frame_type for o in found.outputs}
    if output not in made:
        yield place.error(
            f"{step} ({found.name}) makes no {output!r}",
            near(output, made) or f"it makes {', '.join(made)}",
        )
    elif made[output] not in need.frame_types:
        yield place.error(
            f"{step}.{output} is {made[output]}, which does not serve as {need.role}",
            f"it takes {' or '.join(need.frame_types)}",
        )
