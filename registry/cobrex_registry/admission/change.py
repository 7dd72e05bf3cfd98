"""One change between two versions, how much it matters, and the number that tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cobrex_registry.semver import Semver

MAJOR, MINOR, PATCH = "major", "minor", "patch"
LEVELS = (MAJOR, MINOR, PATCH)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different.

    Attributes
    ----------
    level : {'major', 'minor', 'patch'}
        How much it matters to those who use the recipe.
    text : str
        What changed: ``input dark: now required``.
    """

    level: str
    text: str

    def __str__(self) -> str:
        return f"{self.level}: {self.text}"


def ordered(changes: Iterable[Change]) -> list[Change]:
    """Return changes with the weightiest first, else as they came."""
    return sorted(changes, key=lambda one: LEVELS.index(one.level))


def level_of(changes: Sequence[Change]) -> str:
    """Return the weightiest level; ``patch`` when nothing changed."""
    return min((one.level for one in changes), key=LEVELS.index, default=PATCH)


def weightier(first: str, second: str) -> str:
    """Return the weightier of two levels."""
    return min(first, second, key=LEVELS.index)


def raised(number: Semver, level: str) -> Semver:
    """Return the lowest release that tells a change of this level.

    Below 1.0.0 nothing is promised but within one minor number: a major change raises the minor,
    anything else the patch.

    Parameters
    ----------
    number : Semver
        Of the version before; of a pre-release its three numbers count.
    level : {'major', 'minor', 'patch'}
        What changed.

    Returns
    -------
    Semver
    """
    major, minor, patch = number.major, number.minor, number.patch
    if level == MAJOR:
        return Semver(major + 1, 0, 0) if major else Semver(0, minor + 1, 0)
    if level == MINOR and major:
        return Semver(major, minor + 1, 0)
    return Semver(major, minor, patch + 1)


def suffices(old: Semver, new: Semver, level: str) -> bool:
    """Tell whether a number is raised enough; pre-releases by their three numbers."""
    return numbers(new) >= numbers(raised(old, level))


def numbers(version: Semver) -> tuple[int, int, int]:
    """Return the three numbers of a version."""
    return (version.major, version.minor, version.patch)
