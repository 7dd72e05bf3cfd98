"""A recipe ready to be called with the parameters of a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cobrex.plan.model import RecipeUse
from cobrex.process.need import needed
from cobrex.settings import Settings
from cobrex_registry.environments import environment
from cobrex_registry.errors import RegistryError
from cobrex_registry.presets.published import find_preset, presets_for
from cobrex_registry.recipe import parameters, preset
from cobrex_registry.recipe.metric import Metric
from cobrex_registry.recipe.recipe_test import RecipeTest
from cobrex_registry.repository import Registry

from .subject import Subject

_DEFAULT = "default"


def use(registry: Registry, settings: Settings, subject: Subject, test: RecipeTest) -> RecipeUse:
    """Bind parameters and make sure of the environment.

    Parameters
    ----------
    registry : Registry
        Holds published presets.
    settings : Settings
    subject : Subject
    test : RecipeTest

    Returns
    -------
    RecipeUse

    Raises
    ------
    RegistryError
        An unknown preset, a value out of bounds, an environment that cannot be built.
    """
    layer, ranges = _preset(registry, subject, test.preset)
    values = parameters.resolve(subject.manifest, {**layer, **test.parameters})
    place = environment.prepare(subject.manifest, subject.folder, settings.environments)
    return RecipeUse(
        name=subject.version.full_name,
        version=subject.version.version,
        tree=subject.version.tree_sha,
        code_hash=subject.code_hash,
        folder=str(subject.folder),
        environment=place.as_json(),
        manifest=needed(subject.manifest, ranges),
        parameters=values,
        options=tuple(parameters.as_options(values, subject.manifest)),
        preset=test.preset,
    )


def _preset(
    registry: Registry, subject: Subject, name: str
) -> tuple[Mapping[str, Any], tuple[Metric, ...]]:
    """Return the values of a preset: one the recipe's folder brings, or a published one."""
    if not name:
        return {}, ()
    if found := _own(subject, name):
        return found.parameters, found.qc
    published = presets_for(registry, subject.version)
    if name == _DEFAULT and name not in published:
        return {}, ()
    found = find_preset(registry, subject.version, name)
    return found.parameters, found.qc


def _own(subject: Subject, name: str) -> preset.Preset | None:
    """A preset in ``presets/`` of the recipe: that of a version not yet published, often."""
    path = subject.folder / "presets" / f"{name}.yaml"
    if "/" in name or not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryError(f"{path}: {error}", kind="preset", hint="save it as UTF-8") from error
    found = preset.parse(text, f"presets/{name}.yaml")
    found.check(subject.manifest)
    return found
