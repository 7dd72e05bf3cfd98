"""Tests before a publication: a recipe that fails its own is not published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cobrex.settings import Settings
from cobrex_registry.admission.change import MINOR, PATCH
from cobrex_registry.admission.lint import lint
from cobrex_registry.authoring.working_copy import is_path
from cobrex_registry.errors import RegistryError
from cobrex_registry.evidence.expectation import read_expectation
from cobrex_registry.evidence.results import Difference, compare
from cobrex_registry.materialise import materialise
from cobrex_registry.reading.problems import refusal
from cobrex_registry.recipe.recipe_test import RecipeTest
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver
from cobrex_registry.store.git import GitError
from cobrex_registry.version import Version

from .perform import FAILED, Trial, perform
from .subject import Subject, working

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Checked:
    """What the tests of a recipe say about its publication.

    Attributes
    ----------
    trials : tuple of Trial
        None failed.
    before : Version or None
        The version before this one.
    moved : tuple of Difference
        Results that are farther from what the version before expected than it tolerates.
    """

    trials: tuple[Trial, ...] = ()
    before: Version | None = None
    moved: tuple[Difference, ...] = ()

    @property
    def names(self) -> str:
        """What moved, metrics first, shortened."""
        names = [one.metric or one.what for one in sorted(self.moved, key=lambda d: not d.metric)]
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return ", ".join(names[:_SHOWN]) + more

    def level(self, least: str) -> str:
        """Return how far a number is to be raised at least: moved results are a minor change."""
        return MINOR if self.moved and least == PATCH else least

    def warning(self, number: Semver) -> str:
        """Return what is to be said of a number; empty when it says enough, or nothing moved."""
        if self.before is None or not self.moved:
            return ""
        old = self.before.number
        if (number.major, number.minor) != (old.major, old.minor):
            return ""
        name = str(self.before).removeprefix("main/")
        return (
            f"results moved beyond the tolerance of {name}: {self.names}; "
            f"{number} does not say so, {old.major}.{old.minor + 1}.0 would"
        )


def check(
    registry: Registry,
    settings: Settings,
    path: Path,
    namespace: str = "main",
    *,
    raised: bool = False,
    told: Callable[[RecipeTest], None] | None = None,
) -> Checked:
    """Run the tests of a recipe that is to be published.

    Parameters
    ----------
    registry : Registry
    settings : Settings
    path : pathlib.Path
        The author's folder.
    namespace : str
    raised : bool
        Whether the number will be raised when it must be.
    told : callable, optional
        Called with each test before it runs.

    Returns
    -------
    Checked
        Empty for a recipe without tests, for one that is published already as it is, and for one
        whose number is taken: it will be refused, whatever its tests say.

    Raises
    ------
    RegistryError
        Of kind ``manifest`` with all that lint finds, of kind ``tests-failed`` with what differs.
    """
    if problems := lint(path):
        raise refusal(problems, "manifest")
    subject = working(path, settings, namespace)
    published = registry.versions("recipe", subject.version.full_name)
    known = {one.version: one.tree_sha for one in published}
    taken = known.get(subject.version.version)
    settled = taken == subject.version.tree_sha or (taken is not None and not raised)
    if settled or not subject.manifest.tests:
        return Checked()
    trials = []
    for test in subject.manifest.tests:
        if told is not None:
            told(test)
        trials.append(perform(registry, settings, subject, test))
    _refuse(path, trials)
    before = _before(published, subject.version.number)
    moved = _moved(registry, settings, before, subject, trials) if before else ()
    return Checked(tuple(trials), before, tuple(moved))


def _refuse(path: Path, trials: Sequence[Trial]) -> None:
    failed = [one for one in trials if one.outcome == FAILED]
    if not failed:
        return
    told = [f"{one.test}: {one.message}{_first(one)}" for one in failed]
    lines = "\n  ".join(told)
    raise RegistryError(
        f"{path} fails its own tests, and is not published\n  {lines}",
        kind="tests-failed",
        hint=f"cobrex recipe test {_named(path)} shows all; --update accepts what it gives now",
    )


def _named(path: Path) -> str:
    """A path as `recipe test` knows it from a name."""
    return str(path) if is_path(str(path)) else f"./{path}"


def _first(trial: Trial) -> str:
    if not trial.differences:
        return ""
    one = next((d for d in trial.differences if d.metric), trial.differences[0])
    return f", {one.what}: expected {one.expected}, got {one.got}"


def _before(published: Sequence[Version], number: Semver) -> Version | None:
    """Return the version a number follows; the newest when it is taken and will be raised."""
    taken = any(one.number == number for one in published)
    older = [one for one in published if one.number < number or taken]
    releases = [one for one in older if not one.number.pre]
    return max(releases or older, key=lambda one: one.number.precedence, default=None)


def _moved(
    registry: Registry,
    settings: Settings,
    before: Version,
    subject: Subject,
    trials: Sequence[Trial],
) -> list[Difference]:
    """Compare with what the version before expected of tests of the same name and data."""
    try:
        folder = materialise(registry, before, settings.cache)
        manifest = registry.manifest(before)
    except (RegistryError, GitError):
        return []  # damaged or too old to be read: nothing to compare with
    tests = {one.name: one for one in manifest.tests}
    moved: list[Difference] = []
    for trial, now in zip(trials, subject.chosen(), strict=True):
        old = tests.get(trial.test)
        if old is None or trial.results is None or old.complaint("expect"):
            continue
        path = folder / old.expect
        if not path.is_file() or not _same_data(folder / old.data, subject.folder / now.data):
            continue
        try:
            expected = read_expectation(path.read_text(encoding="utf-8"), old.expect)
        except (RegistryError, ValueError):
            continue
        moved += compare(expected, trial.results)
    return moved


def _same_data(old: Path, new: Path) -> bool:
    """Tell whether two folders hold the same files: other data give other results."""
    return _contents(old) == _contents(new)


def _contents(folder: Path) -> dict[str, bytes]:
    from hashlib import sha256

    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).digest()
        for path in folder.rglob("*")
        if path.is_file()
    }
