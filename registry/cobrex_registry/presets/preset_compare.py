"""What differs between two presets of a recipe, parameter by parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.recipe.parameters import resolve
from cobrex_registry.recipe.preset import Preset


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter that two presets give different values.

    Attributes
    ----------
    parameter : str
        Name.
    first, second, default : object
        Values; those of a preset that does not name the parameter are the default.
    """

    parameter: str
    first: Any
    second: Any
    default: Any


def differences(manifest: Manifest, first: Preset, second: Preset) -> list[Difference]:
    """Compare the values two presets lead to.

    Parameters
    ----------
    manifest : Manifest
        Of the recipe, for its defaults.
    first, second : Preset
        Both for this recipe.

    Returns
    -------
    list of Difference
        In the manifest's order; empty when both lead to the same values.

    Raises
    ------
    RegistryError
        Of kind ``parameter``, when one of them does not fit the recipe.
    """
    usual = resolve(manifest)
    one, other = resolve(manifest, first.parameters), resolve(manifest, second.parameters)
    return [
        Difference(name, one[name], other[name], usual[name])
        for name in usual
        if one[name] != other[name]
    ]
