"""Parameters of an ESO recipe: from esorex's JSON to those of a manifest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.parameter_entries import PARAMETER_NAME

_TYPES = {"bool": "bool", "int": "int", "double": "float", "string": "str"}


def parameters_of(found: Iterable[Mapping[str, Any]], recipe: str) -> list[dict[str, Any]]:
    """Return what a manifest says of a recipe's parameters.

    Parameters
    ----------
    found : iterable of mapping
        As ``esorex --create-config=x.json`` writes them.
    recipe : str
        For messages.

    Returns
    -------
    list of dict
        ``name type default [min max | choices] description``. The name is the alias, the one
        spelling esorex takes on a command line; of two with one alias esorex hears the first.

    Raises
    ------
    RegistryError
        Of kind ``import``, for a parameter that no manifest can hold.
    """
    parameters: dict[str, dict[str, Any]] = {}
    for one in found:
        try:
            parameter = _parameter(one, recipe)
        except (KeyError, TypeError, ValueError) as error:
            raise RegistryError(
                f"{recipe}: esorex tells of a parameter what cannot be read: {error}",
                hint=f"esorex --create-config=x.json {recipe} shows it",
                kind="import",
            ) from error
        parameters.setdefault(parameter["name"], parameter)
    return list(parameters.values())


def _parameter(one: Mapping[str, Any], recipe: str) -> dict[str, Any]:
    name, kind = str(one.get("display_name") or one["name"]), _TYPES.get(str(one["valtype"]))
    if kind is None or not PARAMETER_NAME.fullmatch(name):
        raise RegistryError(
            f"{recipe}: parameter {name[:60]!r} of type {str(one.get('valtype'))[:20]!r} "
            "fits no manifest",
            hint="write this recipe's manifest by hand",
            kind="import",
        )
    default = _value(kind, one.get("value"))
    result: dict[str, Any] = {"name": name, "type": kind, "default": default}
    choices = [_value(kind, choice) for choice in one.get("valenum") or []]
    if choices and kind != "bool":
        result["type"] = "enum"
        result["choices"] = choices if default in choices else [default, *choices]
    low, high = one.get("valmin"), one.get("valmax")
    if kind in {"int", "float"} and not choices and _bounds(low, default, high):
        result |= {"min": _value(kind, low), "max": _value(kind, high)}
    return {**result, "description": plain(str(one.get("description", "")))}


def _value(kind: str, value: Any) -> Any:
    if kind == "float":
        return float(value)
    if kind == "str":
        return "" if value is None else "".join(c for c in str(value) if c.isprintable())
    return value


def _bounds(low: Any, default: Any, high: Any) -> bool:
    """Tell whether bounds mean something: some recipes' own defaults are outside."""
    numbers = all(
        isinstance(n, int | float) and math.isfinite(n) and not isinstance(n, bool)
        for n in (low, high)
    )
    return numbers and low <= default <= high


def plain(text: str) -> str:
    """Return a text on one line, of characters a manifest may hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
