"""YAML read strictly: safe, no duplicate keys, no surprising types, every error with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cobrex_registry.errors import RegistryError

from .text_file import MAX_BYTES, read_file

MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_DIGITS = 400

_PREFIX = "tag:yaml.org,2002:"
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?(?:\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN"
)


class Mapped(dict[Any, Any]):
    """A mapping that knows on which line each of its keys stands.

    Attributes
    ----------
    line : int
        First line of the mapping, from 1.
    lines : dict
        Line of each key.
    """

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[Any, int] = {}

    def line_of(self, key: Any) -> int:
        """Return the line of a key; the mapping's own when the key is not there."""
        return self.lines.get(key, self.line)


def load(text: str, source: str) -> Any:
    """Read one YAML document.

    Only YAML 1.2 core types are recognised: ``null``, ``true``, ``false``, integers and floats.
    ``no``, ``12:30:00`` and dates stay text.

    Parameters
    ----------
    text : str
        The document.
    source : str
        Its name in error messages, a path as a rule.

    Returns
    -------
    object
        Mappings are `Mapped`, sequences lists, scalars Python's.

    Raises
    ------
    RegistryError
        Of kind ``yaml``, its message beginning with ``source:line:column``.
    """
    if len(text) > MAX_BYTES:
        raise RegistryError(
            f"{source}: larger than {MAX_BYTES} bytes",
            kind="yaml",
            hint="split the file, or see whether it is the right one",
        )
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise _refusal(
            source, error.problem_mark or error.context_mark, _sentence(error)
        ) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise RegistryError(
            f"{source}: not YAML: {str(error).splitlines()[0]}",
            kind="yaml",
            hint="save the file as UTF-8 text",
        ) from error
    return None if node is None else _Builder(source).build(node, 0)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word of a document and where it stands.

    Attributes
    ----------
    path : tuple of str or int
        Keys and indices that lead to it; a key's own path ends with itself.
    text : str
        Its value before it has a type.
    start, end : int
        Characters of the text, quotes included.
    is_key, plain, in_braces : bool
        Whether it is a key; has no quotes; stands within ``{ }``.
    """

    path: tuple[str | int, ...]
    text: str
    start: int
    end: int
    is_key: bool
    plain: bool
    in_braces: bool


def scalars(text: str) -> list[Scalar]:
    """Return all scalars of a document that `load` accepts, in the order of the text."""
    load(text, "recipe.yaml")  # bounds depth and size, and refuses aliases without end
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise RegistryError(
            "recipe.yaml: this YAML cannot be changed by a program", kind="yaml",
            hint="change it with an editor",
        ) from error  # fmt: skip
    return [] if node is None else list(_scalars(node, (), False))


def _scalars(
    node: yaml.Node, path: tuple[str | int, ...], in_braces: bool, is_key: bool = False
) -> Iterator[Scalar]:
    if isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        yield Scalar(path, node.value, start, end, is_key, node.style is None, in_braces)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            yield from _scalars(key, below, bool(node.flow_style), is_key=True)
            yield from _scalars(value, below, bool(node.flow_style))
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _scalars(item, (*path, number), bool(node.flow_style))


def load_file(path: Path) -> Any:
    """Read one YAML file.

    Parameters
    ----------
    path : pathlib.Path
        A UTF-8 file.

    Returns
    -------
    object
        As `load`.

    Raises
    ------
    RegistryError
        Of kind ``yaml``: as `read_file`, or not strict YAML.
    """
    return load(read_file(path).decode("utf-8-sig"), str(path))


class _Loader(yaml.CSafeLoader):
    """libyaml's parser with types left to the builder."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Count the depth, so that the parser's own recursion is bounded."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(
                problem=_TOO_DEEP,
                problem_mark=getattr(current_node, "start_mark", None),
            )
        super().descend_resolver(current_node, current_index)

    def ascend_resolver(self) -> None:
        """Leave a level."""
        self._depth -= 1
        super().ascend_resolver()

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Return the tag of an untagged node by the core schema."""
        if kind is yaml.MappingNode:
            return _PREFIX + "map"
        if kind is yaml.SequenceNode:
            return _PREFIX + "seq"
        return _PREFIX + (_scalar_type(value) if implicit[0] else "str")


def _scalar_type(value: str) -> str:
    if value and value[0] not in "~nNtTfF+-.0123456789":
        return "str"
    if _NULL.fullmatch(value):
        return "null"
    if _BOOL.fullmatch(value):
        return "bool"
    if _INT.fullmatch(value):
        return "int"
    return "float" if _FLOAT.fullmatch(value) else "str"


class _Builder:
    """Turns nodes into values; counts what aliases expand to."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.count = 0

    def build(self, node: yaml.Node, depth: int) -> Any:
        self.count += 1
        if self.count > MAX_NODES or depth > MAX_DEPTH:
            raise _refusal(
                self.source,
                node.start_mark,
                "too much: aliases expand without end, or the file is too large",
            )
        if isinstance(node, yaml.MappingNode):
            self._demand(node, "map")
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            self._demand(node, "seq")
            return [self.build(item, depth + 1) for item in node.value]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Mapped:
        result = Mapped(node.start_mark.line + 1)
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _refusal(self.source, key_node.start_mark, "a key must be a plain word")
            key = self._scalar(key_node)
            if key in result:
                raise _refusal(
                    self.source,
                    key_node.start_mark,
                    f"duplicate key {key!r}, first on line {result.lines[key]}",
                    "keep one of the two",
                )
            if key == "<<":
                raise _refusal(
                    self.source,
                    key_node.start_mark,
                    "merge keys are not supported",
                    "write the keys out",
                )
            result.lines[key] = key_node.start_mark.line + 1
            result[key] = self.build(value_node, depth + 1)
        return result

    def _scalar(self, node: yaml.Node) -> Any:
        tag, text = node.tag.removeprefix(_PREFIX), str(node.value)
        try:
            if tag == "str":
                return text
            if tag == "int":
                if len(text) > MAX_DIGITS:  # longer ones Python reads and cannot print
                    raise ValueError(f"longer than {MAX_DIGITS} digits")
                return int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
            if tag == "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
            if tag == "bool" and _BOOL.fullmatch(text):
                return text.lower() == "true"
            if tag == "null" and _NULL.fullmatch(text):
                return None
        except ValueError as error:
            raise _refusal(self.source, node.start_mark, f"{text[:40]!r}: {error}") from error
        raise _refusal(
            self.source,
            node.start_mark,
            f"tag {node.tag!r} is not supported",
            "plain text, numbers, true, false, null, lists and mappings are",
        )

    def _demand(self, node: yaml.Node, tag: str) -> None:
        if node.tag != _PREFIX + tag:
            raise _refusal(
                self.source, node.start_mark, f"tag {node.tag!r} is not supported", "remove the tag"
            )


def _sentence(error: yaml.MarkedYAMLError) -> str:
    if "nesting depth" in str(error.problem):  # libyaml >= 0.2.6 looks ahead and gives up by itself
        return _TOO_DEEP
    return ", ".join(part for part in (error.context, error.problem) if part) or "not YAML"


def _refusal(source: str, mark: Any, message: str, hint: str = "") -> RegistryError:
    place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark is not None else source
    return RegistryError(
        f"{place}: {message}",
        kind="yaml",
        hint=hint or "mend the file there; text with : # or quotes needs quotes",
    )
