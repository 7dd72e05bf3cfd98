"""Inputs of a recipe: roles, frame types, how many."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cobrex_registry.reading.fields import FRAME_TYPE, NAME, Fields

from .calling import SPELLING

_KEYS = ("role", "frame_type", "min", "max", "main", "option", "description")

SPELLING_OR_NONE = re.compile(rf"|{SPELLING.pattern}")


@dataclass(frozen=True, slots=True)
class Input:
    """One role frames play for a recipe.

    Attributes
    ----------
    role : str
        Unique in the recipe.
    frame_types : tuple of str
        Any of these will do.
    min : int
        Fewest frames; 0 for an optional input.
    max : int or None
        Most frames; None for no limit.
    main : bool
        Whether it is the input the others are found for.
    description : str
        For people.
    option : str
        Name of the option that tells the recipe its path; empty when the SOF does.
    """

    role: str
    frame_types: tuple[str, ...]
    min: int = 1
    max: int | None = 1
    main: bool = False
    description: str = ""
    option: str = ""


def read_inputs(manifest: Fields) -> tuple[Input, ...]:
    """Read the ``inputs`` of a manifest; exactly one of them is main.

    Parameters
    ----------
    manifest : Fields
        The whole document; problems go to its findings.

    Returns
    -------
    tuple of Input
        In the order of the manifest, which is the order of the SOF.
    """
    found: dict[str, Input] = {}
    for fields in manifest.items("inputs", _KEYS):
        one = Input(
            role=fields.text("role", pattern=NAME, like="dark"),
            frame_types=fields.texts("frame_type", pattern=FRAME_TYPE, like="IFS_DARK_RAW"),
            min=fields.integer("min", 1),
            max=read_max(fields),
            main=fields.flag("main"),
            description=fields.text("description", ""),
            option=fields.text("option", "", pattern=SPELLING_OR_NONE, like="dark"),
        )
        if not fields.has("frame_type"):
            fields.problem("frame_type", "is missing", "frame_type: IFS_DARK_RAW, or a list")
        check_count(fields, one.min, one.max)
        if one.main and one.min == 0:
            fields.problem("min", "the main input cannot be optional", "min: 1")
        rivals = [r for r in found.values() if {*r.frame_types} & {*one.frame_types}]
        if any(one.option or rival.option for rival in rivals):
            fields.problem(
                "option",
                f"{rivals[0].role} takes the same frame type: the option would name its frames too",
                "give them frame types of their own",
            )
        if one.role in found:
            fields.problem("role", f"role {one.role!r} is there twice", "rename one")
        found[one.role] = one
    mains = [one for one in found.values() if one.main]
    if len(mains) != 1:
        manifest.problem(
            "inputs",
            f"exactly one input must be main, not {len(mains)}",
            "write main: true on the input the others are found for",
        )
    return tuple(found.values())


def read_max(fields: Fields) -> int | None:
    """Return how many at most: 1 when not said, None for ``max: null``."""
    if "max" in fields.mapping and fields.mapping["max"] is None:
        return None
    return fields.integer("max", max(1, fields.integer("min", 1)), low=1)


def check_count(fields: Fields, low: int, high: int | None) -> None:
    """Note a maximum below the minimum."""
    if high is not None and high < low:
        fields.problem("max", f"{high} is below min {low}", "exchange them")
