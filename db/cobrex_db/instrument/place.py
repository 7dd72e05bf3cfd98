"""Where in an instrument file something stands, for errors that name it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cobrex_db.errors import CatalogueError
from cobrex_db.near_miss import near


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: ``sphere.yaml:31: columns.prism.map``."""

    source: str
    path: str = ""
    line: int = 0

    def at(self, part: str, mapping: object = None) -> Place:
        """Return the place one step inside; its line if the mapping knows lines."""
        line = getattr(mapping, "lines", {}).get(part, self.line)
        return Place(self.source, f"{self.path}.{part}" if self.path else part, line)

    def error(self, message: str, hint: str = "") -> CatalogueError:
        """Return the error that says what is wrong here."""
        where = f"{self.source}:{self.line}" if self.line else self.source
        path = f"{self.path}: " if self.path else ""
        return CatalogueError(f"{where}: {path}{message}", hint=hint, kind="instrument")

    def mapping(self, value: Any, known: Iterable[str] | None = None) -> Mapping[str, Any]:
        """Return the value if it is a mapping with known text keys.

        Raises
        ------
        CatalogueError
            When it is not, or holds a key that means nothing here.
        """
        if not isinstance(value, Mapping) or not all(isinstance(k, str) for k in value):
            raise self.error(
                f"must be a mapping with text keys, not {value!r}",
                "write 'name: value' lines; quote names such as ON or 1",
            )
        if known is not None:
            names = list(known)
            for key in value:
                if key not in names:
                    raise replace(self.at(key, value), path=self.path).error(
                        f"unknown key {key!r}", near(key, names) or f"known: {', '.join(names)}"
                    )
        return value

    def text(self, value: Any, cure: str) -> str:
        """Return the value if it is text that is not empty.

        Raises
        ------
        CatalogueError
            When it is anything else.
        """
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"must be text, not {value!r}", cure)
        return value.strip()
