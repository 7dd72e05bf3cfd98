"""How a recipe is told its parameters: the form of its options."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cobrex_registry.reading.fields import Fields

FORMS = ("option", "flag", "value")
JOINS = ("=", " ", "")
_PREFIX = re.compile(r"-{0,2}")
_PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9_.-]{0,63})\}")
SPELLING = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Calling:
    """How options are spelt.

    Attributes
    ----------
    prefix : str
        Before the name: ``--``, ``-`` or nothing.
    join : str
        Between name and value: ``=``, nothing, or a blank, which makes them two words.
    """

    prefix: str = "--"
    join: str = "="

    def words(self, name: str, value: str) -> list[str]:
        """Return the words of one option."""
        if self.join == " ":
            return [f"{self.prefix}{name}", value]
        return [f"{self.prefix}{name}{self.join}{value}"]


def read_calling(manifest: Fields) -> Calling:
    """Read the ``options`` of a manifest; ``--name=value`` when there are none."""
    fields = manifest.within("options", ("prefix", "join"))
    if fields is None:
        return Calling()
    join = fields.mapping.get("join", "=")
    if join not in JOINS:
        fields.problem("join", f"{join!r} cannot join name and value", 'join: "=", " " or ""')
        join = "="
    prefix = fields.text("prefix", "--", pattern=_PREFIX, like='"--", "-" or ""')
    return Calling(prefix, join)


def places(word: str) -> list[str]:
    """Return the parameters whose values a word of the command asks for."""
    return _PLACE.findall(word)


def fill(word: str, values: Mapping[str, Any], spell: Any) -> str:
    """Return a word of the command with the values it asks for."""
    return _PLACE.sub(lambda match: spell(values[match[1]]), word)


def input_words(
    options: Sequence[Mapping[str, Any]], staged: Sequence[tuple[str, str]]
) -> list[str]:
    """Return the words that tell a recipe its inputs one by one.

    Parameters
    ----------
    options : sequence of mapping
        ``name``, ``frame_types``, ``prefix`` and ``join`` of every input given as an option.
    staged : sequence of (path, frame type)
        The inputs, in the order of the SOF.

    Returns
    -------
    list of str
        An option for each frame of the input's types.
    """
    return [
        word
        for one in options
        for path, frame_type in staged
        if frame_type in one["frame_types"]
        for word in Calling(one["prefix"], one["join"]).words(one["name"], path)
    ]
