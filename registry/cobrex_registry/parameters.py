"""Parameters of a process: layers resolved to typed values, values turned into options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import RegistryError
from .near_miss import near_miss

if TYPE_CHECKING:
    from .manifest import Manifest
    from .parameter import Parameter


def resolve(
    manifest: Manifest, *layers: Mapping[str, Any], text: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the value of every parameter.

    Parameters
    ----------
    manifest : Manifest
        Of the recipe; its defaults are the lowest layer.
    *layers : mapping
        Typed values, a preset's as a rule; later ones win.
    text : mapping of str to str, optional
        What a person wrote (``--set name=value``); wins over all.

    Returns
    -------
    dict
        All parameters of the recipe, in the manifest's order.

    Raises
    ------
    RegistryError
        Of kind ``parameter``: an unknown name, a wrong type, a value out of bounds.
    """
    known = {parameter.name: parameter for parameter in manifest.parameters}
    values: dict[str, Any] = {name: one.check(one.default) for name, one in known.items()}
    for layer in layers:
        for name, value in layer.items():
            values[name] = _find(manifest, known, name).check(value)
    for name, written in (text or {}).items():
        values[name] = _find(manifest, known, name).read(written)
    return values


def as_options(values: Mapping[str, Any], manifest: Manifest) -> list[str]:
    """Return the words that hand the parameters to a recipe.

    Parameters
    ----------
    values : mapping
        As `resolve` returned them.
    manifest : Manifest
        Gives the order.

    Returns
    -------
    list of str
        ``--name=value``, one word a parameter: bool as ``true`` or ``false``, lists joined by
        commas, floats so that reading them gives the same number.

    Raises
    ------
    RegistryError
        Of kind ``parameter``, when a value does not fit the manifest.
    """
    return [
        f"--{parameter.name}={_word(parameter.check(values[parameter.name]))}"
        for parameter in manifest.parameters
        if parameter.name in values
    ]


def _find(manifest: Manifest, known: Mapping[str, Parameter], name: str) -> Parameter:
    if name not in known:
        raise RegistryError(
            f"recipe {manifest.name} has no parameter {str(name)[:60]!r}",
            kind="parameter",
            hint=near_miss(str(name), known) or "it has no parameters at all",
        )
    return known[name]


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_word(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
