"""lint --fix: mends of a recipe's folder that lose nothing and leave no doubt."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cobrex_registry.admission.lint import check_files
from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.problems import Problem
from cobrex_registry.reading.strict_yaml import load
from cobrex_registry.recipe.command import scripts
from cobrex_registry.recipe.manifest import FILE, SCHEMA, Manifest, problems_of
from cobrex_registry.recipe.manifest_file import read_text, replace_text
from cobrex_registry.recipe.parameter import TYPES
from cobrex_registry.store.tree_files import PLAIN, TreeFile, read_tree

from .yaml_places import Edit, apply, keys, values
from .yaml_places import Path as Place

_UNKNOWN = re.compile(r"unknown key '([^']{1,60})'")
_MEANT = re.compile(r"did you mean ([A-Za-z_]+)\?")
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})(\.(?:0|[1-9][0-9]{0,8})){0,2}")
_SPELLINGS = {
    "string": "str", "text": "str", "integer": "int", "boolean": "bool", "number": "float",
    "double": "float", "real": "float", "choice": "enum",
}  # fmt: skip
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Mend:
    """One thing that was put right.

    Attributes
    ----------
    file : str
        Path inside the folder.
    text : str
        What was done.
    """

    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.text}"


def mend(folder: Path) -> list[Mend]:
    """Put right what a program may put right.

    Comments, order and quotes stay. A mend after which more would be wrong is not made.

    Parameters
    ----------
    folder : pathlib.Path
        A recipe's working folder.

    Returns
    -------
    list of Mend
        What was done; empty when there was nothing to do.

    Raises
    ------
    RegistryError
        Of kind ``manifest`` when ``recipe.yaml`` is missing, or cannot be written.
    """
    before = read_text(folder)
    text, done = mended(before)
    if text != before:
        if _score(_whole(folder, text)) > _score(_whole(folder, before)):
            return _executable(folder)
        replace_text(folder, text)
    return [*done, *_executable(folder)]


def mended(text: str) -> tuple[str, list[Mend]]:
    """Return a manifest's text with all mends made, and what they were."""
    done: list[Mend] = []
    for step in (_line_ends, _schema, _keys, _version, _types):
        for _ in range(_ROUNDS):
            made = next(iter(_try(text, step)), None)
            if made is None:
                break
            text = made[0]
            done.append(Mend(FILE, made[1]))
    return text, done


_Steps = Iterator[tuple[str, str]]


def _try(text: str, step: Callable[[str], _Steps]) -> _Steps:
    """Yield what a step offers and does not make worse."""
    before = _told(text)
    try:
        for changed, what in step(text):
            if changed != text and _score(_told(changed)) <= _score(before):
                yield changed, what
    except RegistryError:  # no YAML at all: its problem is told by lint
        return


def _line_ends(text: str) -> _Steps:
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    if _same(text, unix):
        yield unix, "line ends of Windows replaced"
    bare = re.sub(r"[ \t]+$", "", unix, flags=re.M)
    bare = f"{bare.rstrip()}\n" if bare.strip() else bare
    if _same(unix, bare) and _blanks(unix) != _blanks(bare):
        yield bare, "blanks at the ends of lines removed"


def _blanks(text: str) -> int:
    return len(re.findall(r"[ \t]+$", text, flags=re.M))


def _same(one: str, other: str) -> bool:
    """Tell whether two texts mean the same; not so for blanks inside a text of many lines."""
    return bool(_document(one) == _document(other))


def _document(text: str) -> Any:
    try:
        return load(text, FILE)
    except RegistryError:
        return text


def _schema(text: str) -> _Steps:
    first = next(iter(keys(text)), None)
    if first is not None and ("schema",) not in values(text):
        between = ", " if first.in_braces else "\n"
        edit = Edit(first.start, first.start, f"schema: {SCHEMA}{between}")
        yield apply(text, [edit]), f"schema: {SCHEMA} added"


def _keys(text: str) -> _Steps:
    for problem in _told(text)[1]:
        wrong, meant = _UNKNOWN.match(problem.message), _MEANT.fullmatch(problem.hint)
        if wrong is None or meant is None:
            continue
        there = [
            one
            for one in keys(text)
            if one.text == wrong[1] and text.count("\n", 0, one.start) + 1 == problem.line
        ]
        for one in there:
            changed = apply(text, [Edit(one.start, one.end, meant[1])])
            if _score(_told(changed)) < _score(_told(text)):
                yield changed, f"line {problem.line}: {wrong[1]} is spelt {meant[1]}"


def _version(text: str) -> _Steps:
    one = values(text).get(("version",))
    if one is None:
        return
    match = _NUMBER.fullmatch(one.text)
    if match is not None and (one.plain or one.text.count(".") < 2):
        full = ".".join([*one.text.split("."), "0", "0"][:3])
        yield apply(text, [Edit(one.start, one.end, f'"{full}"')]), f'version: "{full}" quoted'


def _types(text: str) -> _Steps:
    for place, one in values(text).items():
        if not _is_type(place):
            continue
        item = one.text.removeprefix("list[").removesuffix("]")
        right = one.text.replace(item, _SPELLINGS.get(item.lower(), item.lower()))
        if right != one.text and right in TYPES:
            spelt = f'"{right}"' if "[" in right else right
            line = text.count("\n", 0, one.start) + 1
            yield (
                apply(text, [Edit(one.start, one.end, spelt)]),
                f"line {line}: the type {one.text} is spelt {right}",
            )


def _is_type(place: Place) -> bool:
    return len(place) == 3 and place[0] == "parameters" and place[2] == "type"


def _executable(folder: Path) -> list[Mend]:
    """Make the script the command begins with executable, when it is a file of the folder."""
    files, _ = read_tree(folder)
    manifest, _ = check_files(files)
    if manifest is None:
        return []
    try:
        named = scripts(manifest.command)
    except ValueError:
        return []
    if not named or not manifest.command.startswith(named[0]):
        return []
    name = named[0].removeprefix("./")
    if not any(one.path == name and one.mode == PLAIN for one in files):
        return []
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
            os.fchmod(descriptor, mode | (mode & 0o444) >> 2)
        finally:
            os.close(descriptor)
    except OSError:
        return []  # lint tells it
    return [Mend(name, "made executable")]


def _told(text: str) -> tuple[Manifest | None, list[Problem]]:
    return problems_of(text)


def _whole(folder: Path, text: str) -> tuple[Manifest | None, list[Problem]]:
    """Return what lint would say of a folder with this manifest."""
    files, problems = read_tree(folder)
    with_text = [
        TreeFile(FILE, one.mode, text.encode()) if one.path == FILE else one for one in files
    ]
    manifest, found = check_files(with_text)
    return manifest, [*problems, *found]


def _score(told: tuple[Manifest | None, list[Problem]]) -> tuple[bool, int]:
    manifest, problems = told
    return manifest is None, len(problems)
