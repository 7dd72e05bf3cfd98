"""XML of others: read with the place of every element; nothing in it is expanded or followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from cobrex_registry.errors import RegistryError

MAX_BYTES = 4 << 20
MAX_ELEMENTS = 50_000
MAX_DEPTH = 40


@dataclass(slots=True)
class Element:
    """One element.

    Attributes
    ----------
    tag : str
        Its name.
    attributes : dict of str to str
        In the order of the file.
    line, column : int
        Where it begins, from 1.
    children : list of Element
        In the order of the file.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    column: int
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        """Return the children of a name."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Element | None:
        """Return the first child of a name."""
        return next(iter(self.all(tag)), None)

    def value(self, tag: str, attribute: str = "value") -> str:
        """Return an attribute of the first child of a name; empty when there is none."""
        child = self.first(tag)
        return "" if child is None else child.attributes.get(attribute, "").strip()

    def walk(self) -> Iterator[Element]:
        """Yield the element and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def read(path: Path) -> Element:
    """Read a file.

    Parameters
    ----------
    path : pathlib.Path
        XML: one root, elements and attributes; text between them is refused.

    Returns
    -------
    Element
        The root.

    Raises
    ------
    RegistryError
        Of kind ``xml``, with file, line and column: not well-formed, a DOCTYPE or entity, text
        between elements, too large.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise RegistryError(
            f"{path} cannot be read: {error.strerror or error}",
            hint="see that it exists and may be read",
            kind="xml",
        ) from error
    if len(data) > MAX_BYTES:
        raise refused(path, 1, 1, f"larger than {MAX_BYTES >> 20} MiB", "no recipe is that large")
    return _Reader(path).read(data)


def refused(path: Path, line: int, column: int, what: str, hint: str) -> RegistryError:
    """Return the error that tells what is wrong where."""
    return RegistryError(f"{path}:{line}:{column}: {what}", hint=hint, kind="xml")


def plain(said: str) -> str:
    """Return a text in one line, without characters that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())


class _Reader:
    """Builds the tree; every handler that would bring something from elsewhere refuses."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open: list[Element] = []
        self.root: Element | None = None
        self.count = 0
        parser = expat.ParserCreate()
        parser.buffer_text = False
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        for name in (
            *("StartDoctypeDeclHandler", "EntityDeclHandler", "UnparsedEntityDeclHandler"),
            *("NotationDeclHandler", "ExternalEntityRefHandler", "SkippedEntityHandler"),
        ):
            setattr(parser, name, self._foreign)
        self.parser = parser

    def read(self, data: bytes) -> Element:
        try:
            self.parser.Parse(data, True)
        except expat.ExpatError as error:
            what = expat.errors.messages.get(error.code, str(error))
            raise self._error(
                f"not well-formed: {what}",
                error.lineno,
                error.offset + 1,
                _CURES.get(what, "mend it, or export it again"),
            ) from error
        except (ValueError, LookupError) as error:  # an encoding Python does not know
            raise self._error(f"cannot be decoded: {error}", hint="save it as UTF-8") from error
        if self.root is None:
            raise self._error("holds no element", hint="export it again")
        return self.root

    def _error(
        self, what: str, line: int = 0, column: int = 0, hint: str = "remove it"
    ) -> RegistryError:
        line = line or self.parser.CurrentLineNumber
        column = column or self.parser.CurrentColumnNumber + 1
        return refused(self.path, line, column, what, hint)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MAX_ELEMENTS or len(self.open) >= MAX_DEPTH:
            raise self._error("too many elements, or too deep", hint="no recipe is like that")
        parser = self.parser
        element = Element(tag, attributes, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def _end(self, tag: str) -> None:
        self.open.pop()

    def _text(self, text: str) -> None:
        if text.strip():
            before = len(text) - len(text.lstrip())
            column = self.parser.CurrentColumnNumber + before + 1
            raise self._error(f"stray text {text.strip()[:40]!r}", column=column)

    def _foreign(self, *unused: Any) -> None:
        raise self._error("a DOCTYPE or entity: nothing is expanded or followed")


_CURES = {
    "junk after document element": "it has no root element: put one around all others",
    "no element found": "it is cut off or empty: export it again",
    "unclosed token": "it is cut off: export it again",
    "undefined entity": "write the character itself",
}
