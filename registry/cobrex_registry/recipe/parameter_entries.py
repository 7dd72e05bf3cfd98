"""The parameters of a manifest, read entry by entry."""

from __future__ import annotations

import re

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import Fields
from cobrex_registry.reading.near_miss import near_miss

from .calling import FORMS
from .parameter import TYPES, Parameter, Scalar, typed

PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_KEYS = (
    *("name", "type", "default", "min", "max", "choices", "unit", "ucd", "description"),
    *("form", "optional"),
)


def read_parameters(manifest: Fields) -> tuple[Parameter, ...]:
    """Read the ``parameters`` of a manifest.

    Parameters
    ----------
    manifest : Fields
        The whole document; problems go to its findings.

    Returns
    -------
    tuple of Parameter
        Those that could be read.
    """
    found: dict[str, Parameter] = {}
    for fields in manifest.items("parameters", _KEYS):
        parameter = _read(fields)
        if parameter is None:
            continue
        if parameter.name in found:
            fields.problem("name", f"parameter {parameter.name!r} is there twice", "rename one")
        found[parameter.name] = parameter
    return tuple(found.values())


def _read(fields: Fields) -> Parameter | None:
    kind = fields.text("type")
    kind = {"string": "str", "integer": "int", "boolean": "bool", "number": "float"}.get(kind, kind)
    if kind not in TYPES:
        if kind:
            fields.problem("type", f"{kind!r} is not a type of parameter", near_miss(kind, TYPES))
        return None
    parameter = Parameter(
        name=fields.text("name", pattern=PARAMETER_NAME, like="detection_sigma"),
        type=kind,
        default=fields.mapping.get("default"),
        min=fields.number("min"),
        max=fields.number("max"),
        choices=_choices(fields, kind),
        unit=fields.text("unit", ""),
        ucd=fields.text("ucd", ""),
        description=fields.text("description", ""),
        form=fields.choice("form", FORMS, "option"),
        optional=fields.flag("optional"),
    )
    if parameter.form == "flag" and kind != "bool":
        fields.problem("form", "a flag is there or not", "type: bool")
    return parameter if _sound(fields, parameter) else None


def _choices(fields: Fields, kind: str) -> tuple[Scalar, ...]:
    choices = fields.mapping.get("choices")
    if kind == "enum" and not choices:
        fields.problem("choices", "an enum needs its choices", "choices: [first, second]")
    if choices is None:
        return ()
    item = kind.removeprefix("list[").removesuffix("]")
    if (
        kind == "bool"
        or not isinstance(choices, list)
        or not all(typed(item, choice) is not None for choice in choices)
    ):
        fields.problem(
            "choices", f"must be a list of values of type {item}", "choices: [first, second]"
        )
        return ()
    return tuple(choices)


def _sound(fields: Fields, parameter: Parameter) -> bool:
    """Note what does not go together; tell whether the parameter can be used."""
    numeric = parameter.item_type in {"int", "float"}
    for key, bound in (("min", parameter.min), ("max", parameter.max)):
        if bound is not None and not numeric:
            fields.problem(key, f"a parameter of type {parameter.type} has no bounds", "remove it")
            return False
    if parameter.min is not None and parameter.max is not None and parameter.min > parameter.max:
        fields.problem("max", f"{parameter.max} is below min {parameter.min}", "exchange them")
        return False
    if parameter.default is None and not parameter.optional:
        fields.problem(
            "default",
            f"parameter {parameter.name!r} has no default",
            "every parameter has one, or says optional: true",
        )
        return False
    try:
        parameter.check(parameter.default)
    except RegistryError as error:
        fields.problem(
            "default", error.message.partition(": ")[2], "mend the default or the bounds"
        )
        return False
    return True
