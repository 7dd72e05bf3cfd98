"""Parameters of a process: layers resolved to typed values, values turned into options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.near_miss import near_miss

from .calling import Calling
from .command import given_in

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
        ``--name=value``, one word a parameter, where the manifest says no other form: bool as
        ``true`` or ``false``, lists joined by commas, floats so that reading them gives the same
        number. Names of products follow where they are told by options.

    Raises
    ------
    RegistryError
        Of kind ``parameter``, when a value does not fit the manifest.
    """
    elsewhere = given_in(manifest.command)
    told = [
        word
        for parameter in manifest.parameters
        if parameter.name in values and parameter.name not in elsewhere
        for word in _words(parameter, parameter.check(values[parameter.name]), manifest.calling)
    ]
    for output in manifest.outputs:
        if output.option:
            told += manifest.calling.words(output.option, output.file)
    return told


def _words(parameter: Parameter, value: Any, calling: Calling) -> list[str]:
    if value is None:
        return []
    if parameter.form == "flag":
        return [f"{calling.prefix}{parameter.name}"] if value else []
    if parameter.form == "value":
        return [spell(value)]
    return calling.words(parameter.name, spell(value))


def _find(manifest: Manifest, known: Mapping[str, Parameter], name: str) -> Parameter:
    if name not in known:
        raise RegistryError(
            f"recipe {manifest.name} has no parameter {str(name)[:60]!r}",
            kind="parameter",
            hint=near_miss(str(name), known) or "it has no parameters at all",
        )
    return known[name]


def spell(value: Any) -> str:
    """Return a value as a recipe reads it; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(spell(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
