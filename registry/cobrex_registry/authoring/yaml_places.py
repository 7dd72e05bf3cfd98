"""Where the words of a YAML text stand, so that one can be replaced and all else kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.strict_yaml import Scalar, scalars

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A part of a text and what takes its place.

    Attributes
    ----------
    start, end : int
        Characters; equal where something is inserted.
    text : str
        The replacement.
    """

    start: int
    end: int
    text: str


def values(text: str) -> dict[Path, Scalar]:
    """Return the scalar values of a document by their path: ``("parameters", 0, "type")``."""
    return {one.path: one for one in scalars(text) if not one.is_key}


def keys(text: str) -> Iterator[Scalar]:
    """Yield the keys of a document."""
    return (one for one in scalars(text) if one.is_key)


def apply(text: str, edits: list[Edit]) -> str:
    """Return a text with its edits made."""
    for one in sorted(set(edits), key=lambda edit: edit.start, reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def quoted(value: str, like: str) -> str:
    """Return a plain value in the quotes of what it replaces; in double ones when it had none."""
    mark = "'" if like.startswith("'") else '"'
    return f"{mark}{value}{mark}"


def set_value(text: str, key: str, value: str, *, after: str) -> str:
    """Return a document with one of its top keys set, all else kept to the character.

    Parameters
    ----------
    text : str
        A manifest.
    key, value : str
        What is set; the value holds no quotes and no line breaks.
    after : str
        The key below which a missing one is inserted.

    Returns
    -------
    str

    Raises
    ------
    RegistryError
        Of kind ``yaml`` when the document does not have such keys.
    """
    there = values(text)
    place = there.get((key,))
    if place is not None:
        old = text[place.start : place.end]
        return apply(text, [Edit(place.start, place.end, _spelt(value, old))])
    anchor = there.get((after,))
    if anchor is None:
        raise RegistryError(
            f"recipe.yaml has no plain {after!r}", kind="yaml", hint=f"write {after}: first"
        )
    if anchor.in_braces:
        return apply(text, [Edit(anchor.end, anchor.end, f", {key}: {_spelt(value, '')}")])
    end = text.find("\n", anchor.end)
    line = f"{key}: {_spelt(value, '')}"
    if end < 0:
        return f"{text}\n{line}\n"
    feed = "\r\n" if text[:end].endswith("\r") else "\n"
    return apply(text, [Edit(end + 1, end + 1, f"{line}{feed}")])


def _spelt(value: str, old: str) -> str:
    """Return a value as YAML text: quoted where the old one was, or a number would be read."""
    plain = value[:1].isalpha() and not set(value) & set(":#,{}[]@&*!|>%`\"'")
    return value if plain and old[:1] not in {"'", '"'} else quoted(value, old)
