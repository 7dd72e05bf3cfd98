"""Parameters of a recipe in XML: types, defaults, flags, choices in words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cobrex_registry.recipe.parameter_entries import PARAMETER_NAME

from .safe_xml import Element, plain, refused
from .xml_call import inline_name

_TYPES = {"int": "int", "integer": "int", "float": "float", "double": "float"}
_TYPES |= {"string": "str", "str": "str", "flag": "bool", "array": "list[str]"}
_INLINE = re.compile(r"\$([1-9][0-9]?)")
_CHOICE = re.compile(r"(-?[0-9]{1,9})\s*[=:]\s*[^,;=:]{1,80}")
_TRUE = frozenset({"1", "true", "yes", "on", "t", "y"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")


def parameters_of(
    path: Path, parent: Element | None, notes: list[str]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the parameters of a recipe.

    Parameters
    ----------
    path : pathlib.Path
        The XML file, for messages.
    parent : Element or None
        Its ``parameters``.
    notes : list of str
        Gets what a person should look at.

    Returns
    -------
    parameters : list of dict
        As a manifest lists them.
    inline : dict of str to str
        Number of ``$1`` to its name here.
    """
    found: list[dict[str, Any]] = []
    inline: dict[str, str] = {}
    for element in [] if parent is None else parent.all("parameter"):
        said = element.attributes.get("name", "").strip()
        match = _INLINE.fullmatch(said)
        name = inline_name(match[1]) if match else said
        if not PARAMETER_NAME.fullmatch(name):
            raise _wrong(path, element, f"{said[:60]!r} cannot be the name of a parameter")
        if match:
            inline[match[1]] = name
        one = _parameter(path, element, name, notes)
        found.append({**one, "form": "value"} if match else one)
    return found, inline


def _parameter(path: Path, element: Element, name: str, notes: list[str]) -> dict[str, Any]:
    said = element.value("type").lower() or "string"
    if said not in _TYPES:
        raise _wrong(path, element, f"parameter {name}: {said[:40]!r} is no type")
    default, description = element.value("default_value"), element.value("description")
    kind = _list_type(default) if said == "array" else _TYPES[said]
    one: dict[str, Any] = {"name": name, "type": kind}
    value = _value(path, element, name, kind, default)
    if value is None:
        one["optional"] = True
        if element.attributes.get("optional", "").strip().lower() not in _TRUE:
            notes.append(f"line {element.line}: parameter {name} must be given: it has no default")
    else:
        one["default"] = value
    choices = _choices(description) if kind == "int" else []
    if choices:
        one["choices"] = choices
        if value is not None and value not in choices:
            raise _wrong(path, element, f"parameter {name}: the default {value} is no choice")
    if kind == "bool":
        one["form"] = "flag"
    return {**one, **({"description": plain(description)} if description else {})}


def _value(path: Path, element: Element, name: str, kind: str, said: str) -> Any:
    if kind == "bool":
        return said.lower() in _TRUE
    if not said:
        return None
    if kind.startswith("list["):
        parts = [part.strip() for part in said.strip("[]() ").split(",") if part.strip()]
        return [_value(path, element, name, kind[5:-1], part) for part in parts]
    if kind == "int" and _INTEGER.fullmatch(said):
        return int(said)
    if kind == "float" and _NUMBER.fullmatch(said):
        return float(said)
    if kind == "str":
        return said
    raise _wrong(path, element, f"parameter {name}: the default {said[:40]!r} is no {kind}")


def _list_type(said: str) -> str:
    parts = [part.strip() for part in said.strip("[]() ").split(",") if part.strip()]
    if parts and all(_INTEGER.fullmatch(part) for part in parts):
        return "list[int]"
    return "list[float]" if parts and all(map(_NUMBER.fullmatch, parts)) else "list[str]"


def _choices(description: str) -> list[int]:
    """Return the numbers of ``0 = Lorem, 1 = Ipsum``."""
    numbers = [int(number) for number in _CHOICE.findall(description)]
    return numbers if len(numbers) > 1 and len(set(numbers)) == len(numbers) else []


def _wrong(path: Path, element: Element, what: str) -> Exception:
    return refused(path, element.line, element.column, what, "mend it, or write the manifest")
