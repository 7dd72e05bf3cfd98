"""Semantic versions, ranges of them, and the spelling of a wanted recipe."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, total_ordering

from .errors import RegistryError
from .reading.fields import COMPONENT

_PARTS = r"(0|[1-9][0-9]{0,8})"
_PRE = r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_FULL = re.compile(rf"{_PARTS}\.{_PARTS}\.{_PARTS}{_PRE}")
_CLAUSE = re.compile(rf"(\^|~|>=|<=|>|<|=|)\s*{_PARTS}(?:\.{_PARTS}(?:\.{_PARTS}{_PRE})?)?")
MAX_LENGTH = 100
_INFINITE = 1 << 62

Bound = tuple[int, int, int, tuple[tuple[int, int, str], ...]]


@total_ordering
@dataclass(frozen=True)
class Semver:
    """A semantic version without build metadata.

    Attributes
    ----------
    major, minor, patch : int
        The three numbers.
    pre : str
        Pre-release, such as ``rc.1``; empty for a release.

    References
    ----------
    https://semver.org/spec/v2.0.0.html, sections 9 and 11.
    """

    major: int
    minor: int
    patch: int
    pre: str = ""

    @classmethod
    def parse(cls, text: str) -> Semver:
        """Read ``1.2.3`` or ``1.2.3-rc.1``.

        Raises
        ------
        RegistryError
            Of kind ``version``.
        """
        match = _FULL.fullmatch(text[: MAX_LENGTH + 1])
        if (
            match is None
            or len(text) > MAX_LENGTH
            or text.endswith(".lock")
            or _leading_zero(match[4])
        ):
            raise RegistryError(
                f"{text[:60]!r} is not a version",
                kind="version",
                hint='versions look like "1.2.0" or "1.2.0-rc.1"',
            )
        return cls(int(match[1]), int(match[2]), int(match[3]), match[4] or "")

    @cached_property
    def precedence(self) -> Bound:
        """What versions are ordered by."""
        return (self.major, self.minor, self.patch, _pre_order(self.pre))

    def __lt__(self, other: Semver) -> bool:
        return self.precedence < other.precedence

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        return f"{text}-{self.pre}" if self.pre else text


@dataclass(frozen=True, slots=True)
class Range:
    """A set of versions: comparisons that must all hold.

    A pre-release belongs to a range only when a comparison names a pre-release of the same three
    numbers.

    Attributes
    ----------
    text : str
        As it was written; empty means any release.
    clauses : tuple of (Semver, Semver)
        Lower bound, inclusive, and upper bound, exclusive.
    asked : frozenset of Semver
        Pre-releases that were named.
    """

    text: str = ""
    clauses: tuple[tuple[Bound, Bound], ...] = ()
    asked: frozenset[tuple[int, int, int]] = field(default=frozenset())

    @classmethod
    def parse(cls, text: str) -> Range:
        """Read ``1.2.0``, ``1.2``, ``^1.2``, ``~1.2``, ``>=1,<2`` or ``*``.

        Raises
        ------
        RegistryError
            Of kind ``version``.
        """
        if text.strip() in {"", "*"}:
            return cls(text.strip())
        clauses, asked = [], set()
        for part in text.split(","):
            match = _CLAUSE.fullmatch(part.strip()[: MAX_LENGTH + 1])
            if match is None or _leading_zero(match[5]):
                raise RegistryError(
                    f"{text[:60]!r} is not a version or a range of versions",
                    kind="version",
                    hint="write 1.2.0, ^1.2, ~1.2 or >=1,<2",
                )
            clauses.append(_clause(match))
            if match[5]:
                asked.add((int(match[2]), int(match[3]), int(match[4])))
        return cls(text.strip(), tuple(clauses), frozenset(asked))

    @property
    def exact(self) -> bool:
        """Whether one single version is asked for: ``1.2.0`` or ``=1.2.0``."""
        return _FULL.fullmatch(self.text.removeprefix("=").strip()) is not None

    def __contains__(self, version: Semver) -> bool:
        numbers = (version.major, version.minor, version.patch)
        if version.pre and numbers not in self.asked:
            return False
        return all(low <= version.precedence < high for low, high in self.clauses)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Spec:
    """What is wanted: a name in a namespace, and which versions will do.

    Attributes
    ----------
    namespace : str
        ``main`` when not said.
    name : str
        The recipe.
    range : Range
        Which versions will do.
    channel : str
        The version this channel stands on; empty for none.
    """

    namespace: str
    name: str
    range: Range = field(default_factory=Range)
    channel: str = ""

    @classmethod
    def parse(cls, text: str) -> Spec:
        """Read ``name``, ``name@1.2.0``, ``name@^1.2``, ``name@>=1,<2`` or ``name#channel``.

        A namespace may stand before the name: ``namespace/name``.

        Raises
        ------
        RegistryError
            Of kind ``name`` or ``version``.
        """
        text, sharp, channel = text.partition("#")
        full, at, wanted = text.partition("@")
        namespace, slash, name = full.rpartition("/")
        namespace = namespace if slash else "main"
        if (
            not COMPONENT.fullmatch(name)
            or not COMPONENT.fullmatch(namespace)
            or (at and not wanted)
            or (sharp and (at or not COMPONENT.fullmatch(channel)))
        ):
            raise RegistryError(
                f"{f'{text}{sharp}{channel}'[:80]!r} is not the name of a recipe",
                kind="name",
                hint=_cure(f"{text}{sharp}{channel}"),
            )
        return cls(namespace, name, Range.parse(wanted), channel)

    @property
    def full_name(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    def __str__(self) -> str:
        name = self.name if self.namespace == "main" else self.full_name
        if self.channel:
            return f"{name}#{self.channel}"
        return f"{name}@{self.range}" if self.range.text else name


def _pre_order(pre: str) -> tuple[tuple[int, int, str], ...]:
    if not pre:
        return ((2, 0, ""),)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split("."))


def _leading_zero(pre: str | None) -> bool:
    return any(part.isdigit() and part != str(int(part)) for part in (pre or "").split(".") if part)


def _bound(major: int, minor: int, patch: int) -> Bound:
    """Return the lowest precedence of three numbers: below all their pre-releases."""
    return (major, minor, patch, ())


def _clause(match: re.Match[str]) -> tuple[Bound, Bound]:
    sign = match[1] or "="
    given = [int(part) for part in match.groups()[1:4] if part is not None]
    major, minor, patch = [*given, 0, 0][:3]
    floor = Semver(major, minor, patch, match[5] or "").precedence
    if sign == "^":
        place = next((i for i, n in enumerate(given) if n), len(given) - 1)
        return floor, _next(given, place)
    if sign == "~":
        return floor, _next(given, min(1, len(given) - 1))
    # the first bound above everything the (maybe partial) number stands for
    beyond = (
        (*floor[:3], (*floor[3], (-1, 0, "")))
        if len(given) == 3
        else (_next(given, len(given) - 1))
    )
    zero, infinite = _bound(0, 0, 0), _bound(_INFINITE, 0, 0)
    return {
        "=": (floor, beyond),
        ">=": (floor, infinite),
        ">": (beyond, infinite),
        "<": (zero, floor),
        "<=": (zero, beyond),
    }[sign]


def _next(given: list[int], place: int) -> Bound:
    numbers = [*given[:place], given[place] + 1, 0, 0][:3]
    return _bound(numbers[0], numbers[1], numbers[2])


def _cure(text: str) -> str:
    if text.startswith((".", "/", "~")):
        return "that is a folder; here goes the name of what is published, as recipe list shows it"
    for likely in ("".join(text.split()), text.lower()):
        try:
            if likely != text and len(likely) < 80:
                Spec.parse(likely)
                return f"write {likely}"
        except RegistryError:
            continue
    return (
        "write name, name@1.2.0, name@^1.2, name#channel or namespace/name; "
        "names are a-z 0-9 _ - and begin with a letter"
    )
