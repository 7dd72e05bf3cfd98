"""Typed reading of one YAML mapping; every mistake becomes a problem with its line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from .near_miss import near_miss
from .problems import Findings
from .strict_yaml import Mapped

NAME = re.compile(r"(?=.{1,60}$)[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*")
# what a ref may hold; wider than NAME: a preset's is <recipe>--<preset>, and NAME has no "--"
COMPONENT = re.compile(r"[a-z][a-z0-9_-]{0,127}")
FRAME_TYPE = re.compile(r"[A-Z][A-Z0-9_]*")
# with the controls of eight bits, and what turns the order of a line about
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")


class Fields:
    """One mapping of a manifest, read key by key.

    A value that is missing or ill-typed is noted in the findings and replaced by a default, so
    that reading goes on and all problems are told at once.

    Parameters
    ----------
    findings : Findings
        Where problems go.
    mapping : object
        What stands in the file; anything but a mapping is a problem and reads as empty.
    known : sequence of str
        The keys that may stand there.
    where : str
        What the mapping is called in messages: ``inputs[2]``; empty for the document.
    line : int
        Line to name when the mapping is no mapping.
    """

    def __init__(
        self, findings: Findings, mapping: Any, known: Sequence[str], where: str = "", line: int = 1
    ) -> None:
        self.findings = findings
        self.where = where
        if not isinstance(mapping, Mapped):
            findings.add(
                line,
                f"{where or 'the file'} must be a mapping of keys to values",
                f"keys: {', '.join(known)}",
            )
            mapping = Mapped(line)
        self.mapping: Mapped = mapping
        for key in mapping:
            if key not in known:
                findings.add(
                    mapping.line_of(key),
                    f"unknown key {key!r}{self._inside()}",
                    self._cure(key, known),
                )

    def line(self, key: str) -> int:
        """Return the line of a key, or of the mapping when it is missing."""
        return self.mapping.line_of(key)

    def has(self, key: str) -> bool:
        """Tell whether a key is there with a value."""
        return self.mapping.get(key) is not None

    def problem(self, key: str, message: str, hint: str = "") -> None:
        """Note a problem with a key."""
        self.findings.add(self.line(key), f"{self._path(key)}: {message}", hint)

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        pattern: re.Pattern[str] | None = None,
        like: str = "",
    ) -> str:
        """Return a text; required when there is no default.

        Parameters
        ----------
        key : str
            Which one.
        default : str, optional
            Value when the key is missing.
        pattern : re.Pattern, optional
            What the whole text must match.
        like : str
            How a good one looks, for the hint.

        Returns
        -------
        str
        """
        value = self._get(key, default)
        if value is None:
            return default or ""
        if not isinstance(value, str):
            self.problem(
                key, f"must be text, not {_called(value)}", f'write {key}: "{value}" with quotes'
            )
            return default or ""
        if _CONTROL.search(value):
            self.problem(key, "holds control characters", "remove them")
            return default or ""
        if pattern is not None and not pattern.fullmatch(value):
            self.problem(key, f"{value[:60]!r} is not allowed here", f"it looks like {like}")
            return default or ""
        return value

    def integer(self, key: str, default: int | None = None, *, low: int = 0) -> int:
        """Return an integer not below `low`; required when there is no default."""
        value = self._get(key, default)
        if value is None:
            return default or 0
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            self.problem(key, f"must be an integer of at least {low}, not {value!r}")
            return default or low
        return value

    def number(self, key: str) -> float | int | None:
        """Return a finite number, or None when the key is missing."""
        return self.finite(key, self.mapping.get(key))

    def finite(self, key: str, value: Any) -> float | int | None:
        """Return a value that is a finite number or None; a problem otherwise."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            self.problem(key, f"must be a finite number, not {value!r}")
            return None
        return value

    def flag(self, key: str) -> bool:
        """Return true or false; false when missing."""
        value = self.mapping.get(key, False)
        if not isinstance(value, bool):
            self.problem(key, f"must be true or false, not {value!r}")
            return False
        return value

    def choice(self, key: str, among: Sequence[str], default: str | None = None) -> str:
        """Return one of several words; required when there is no default."""
        value = self.text(key, default)
        if value and value not in among:
            self.problem(key, f"{value!r} is none of {', '.join(among)}", near_miss(value, among))
            return default or among[0]
        return value

    def texts(
        self, key: str, *, pattern: re.Pattern[str] | None = None, like: str = ""
    ) -> tuple[str, ...]:
        """Return a list of texts; one text counts as a list of one, a missing key as none."""
        value = self.mapping.get(key)
        items = value if isinstance(value, list) else [] if value is None else [value]
        good = []
        for item in items:
            if not isinstance(item, str) or _CONTROL.search(item) or not item:
                self.problem(key, f"must be text, not {item!r}", "quote it")
            elif pattern is not None and not pattern.fullmatch(item):
                self.problem(key, f"{item[:60]!r} is not allowed here", f"it looks like {like}")
            else:
                good.append(item)
        return tuple(good)

    def items(self, key: str, known: Sequence[str]) -> Iterator[Fields]:
        """Yield the mappings of a list, each ready to be read."""
        value = self.mapping.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.problem(key, f"must be a list, not {_called(value)}", "begin each item with '- '")
            return
        line = self.line(key)
        for number, item in enumerate(value):
            line = item.line if isinstance(item, Mapped) else line
            yield Fields(self.findings, item, known, f"{self._path(key)}[{number}]", line)

    def within(self, key: str, known: Sequence[str]) -> Fields | None:
        """Return the mapping under a key, or None when the key is missing."""
        value = self.mapping.get(key)
        if value is None:
            return None
        return Fields(self.findings, value, known, self._path(key), self.line(key))

    def _cure(self, key: Any, known: Sequence[str]) -> str:
        if " " in str(key) and self.mapping[key] is None:
            return "inside { } a text that holds a comma needs quotes"
        return near_miss(str(key), known)

    def _get(self, key: str, default: object) -> Any:
        value = self.mapping.get(key)
        if value is None and default is None:
            self.findings.add(self.line(key), f"{key!r} is missing{self._inside()}")
        return value

    def _path(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def _inside(self) -> str:
        return f" in {self.where}" if self.where else ""


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _called(value: object) -> str:
    names = {
        bool: "true or false",
        int: "an integer",
        float: "a number",
        list: "a list",
        Mapped: "a mapping",
    }
    return f"{names.get(type(value), 'that')} ({str(value)[:40]})"
