"""What is different between two states of a recipe: manifest, files, packages, stored results."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from cobrex_registry.admission.change import Change, level_of, raised, suffices
from cobrex_registry.admission.comparison import compare
from cobrex_registry.recipe.manifest import FILE
from cobrex_registry.semver import Semver
from cobrex_registry.store.tree_files import EXECUTABLE, LINK, TreeFile

from .recipe_side import Side

_PIP = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*([A-Za-z0-9.!+_-]+)", re.M)
_CONDA = re.compile(
    r"^\s*(?:-\s*)?\S*/([A-Za-z0-9_.-]+)-([^-/\s]+)-[^-/\s]+\.(?:conda|tar\.bz2)", re.M
)
_RESULT = re.compile(r"tests/[^/]+\.json")
_MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is different.

    Attributes
    ----------
    path : str
    what : {'added', 'removed', 'changed', 'mode'}
    lines : tuple of str
        Unified diff without line ends; empty for what is no text.
    old_bytes, new_bytes : int or None
        Sizes; None where the file is not there.
    """

    path: str
    what: str
    lines: tuple[str, ...] = ()
    old_bytes: int | None = None
    new_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A package or a stored result that is different.

    Attributes
    ----------
    where : str
        File it stands in.
    name : str
        Package, or the path of a value: ``metrics.QC DARK MEAN.value``.
    old, new : object
        None where it is not there.
    """

    where: str
    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class RecipeDiff:
    """All that is different, and what the number must say of it.

    Attributes
    ----------
    old, new : Side
    changes : list of Change
        Of the manifest, the weightiest first.
    files : list of FileChange
    packages, results : list of Moved
    """

    old: Side
    new: Side
    changes: list[Change]
    files: list[FileChange]
    packages: list[Moved]
    results: list[Moved]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is different but, maybe, the number."""
        return not (self.changes or self.files or self.packages or self.results)

    @property
    def level(self) -> str:
        """The weightiest change of the manifest."""
        return level_of(self.changes)

    @property
    def wanted(self) -> Semver:
        """The lowest number that says what changed."""
        return raised(self.old.number, self.level)

    @property
    def enough(self) -> bool:
        """Whether the new side's number says it."""
        return suffices(self.old.number, self.new.number, self.level)


def diff(old: Side, new: Side) -> RecipeDiff:
    """Compare two states of a recipe.

    Parameters
    ----------
    old, new : Side

    Returns
    -------
    RecipeDiff
    """
    return RecipeDiff(
        old,
        new,
        compare(old.manifest, new.manifest),
        list(_files(old, new)),
        list(_packages(old, new)),
        list(_results(old.files, new.files)),
    )


def _files(old: Side, new: Side) -> Iterator[FileChange]:
    locks = {side.manifest.environment.lock for side in (old, new)}
    for path in sorted({*old.files, *new.files} - {FILE}):
        before, after = old.files.get(path), new.files.get(path)
        if before == after:
            continue
        if before is not None and after is not None and before.data == after.data:
            yield FileChange(path, "mode", (f"{_mode(before)} -> {_mode(after)}",))
            continue
        what = "added" if before is None else "removed" if after is None else "changed"
        sizes = [None if one is None else len(one.data) for one in (before, after)]
        told_apart = path in locks or _RESULT.fullmatch(path)
        yield FileChange(path, what, () if told_apart else _lines(before, after), *sizes)


def _lines(before: TreeFile | None, after: TreeFile | None) -> tuple[str, ...]:
    texts = [_text(one) for one in (before, after)]
    if any(text is None or len(text) > _MAX_LINES for text in texts):
        return ()
    old, new = (text or [] for text in texts)
    return tuple(line.rstrip("\r\n") for line in unified_diff(old, new, n=3))[2:]


def _text(file: TreeFile | None) -> list[str] | None:
    if file is None:
        return []
    if b"\0" in file.data:
        return None
    try:
        return file.data.decode("utf-8").splitlines(keepends=True)
    except UnicodeDecodeError:
        return None


def _mode(file: TreeFile) -> str:
    return {EXECUTABLE: "executable", LINK: "link"}.get(file.mode, "plain")


def _packages(old: Side, new: Side) -> Iterator[Moved]:
    before, after = _locked(old), _locked(new)
    where = new.manifest.environment.lock or old.manifest.environment.lock
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Moved(where, name, before.get(name), after.get(name))
    images = (old.manifest.environment.image, new.manifest.environment.image)
    if images[0] != images[1]:
        yield Moved(FILE, "image", images[0] or None, images[1] or None)


def _locked(side: Side) -> dict[str, str]:
    file = side.files.get(side.manifest.environment.lock)
    if file is None or file.mode == LINK:
        return {}
    text = file.data.decode("utf-8", "replace")
    return {name.lower(): version for name, version in [*_PIP.findall(text), *_CONDA.findall(text)]}


def _results(old: dict[str, TreeFile], new: dict[str, TreeFile]) -> Iterator[Moved]:
    """Yield the values of stored expectations, tests/*.json, that are different in both."""
    for path in sorted(p for p in old.keys() & new.keys() if _RESULT.fullmatch(p)):
        before, after = _values(old[path]), _values(new[path])
        for name in [*before, *(one for one in after if one not in before)]:
            if not _equal(before.get(name), after.get(name)):
                yield Moved(path, name, before.get(name), after.get(name))


def _values(file: TreeFile) -> dict[str, Any]:
    try:
        return dict(_flat(json.loads(file.data), ()))
    except (ValueError, RecursionError):
        return {}


def _flat(value: Any, path: Sequence[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(item, (*path, str(key)))
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value):
            name = item.get("name", number) if isinstance(item, dict) else number
            yield from _flat(item, (*path, str(name)))
    else:
        yield ".".join(path), value


def _equal(one: Any, other: Any) -> bool:
    nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one + other)
    return nan or (one == other and isinstance(one, bool) == isinstance(other, bool))
