"""Lint: everything that is wrong with a recipe's folder, at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cobrex_registry.environments.conda_environment import check as check_conda
from cobrex_registry.evidence.test_files import test_problems
from cobrex_registry.reading.problems import Problem, refusal
from cobrex_registry.recipe.command import scripts
from cobrex_registry.recipe.manifest import FILE, Manifest, problems_of
from cobrex_registry.store.tree_files import EXECUTABLE, LINK, TreeFile, read_tree

_PIN = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+"
    r"(?:\s*;[^#\\]+)?((?:\s+--hash=sha256:[0-9a-f]{64})+)\s*"
)


def lint(folder: Path) -> list[Problem]:
    """Return all that keeps a recipe from being published.

    Parameters
    ----------
    folder : pathlib.Path
        Holds ``recipe.yaml`` and the recipe's files.

    Returns
    -------
    list of Problem
        Ordered by file and line; empty for a good recipe.
    """
    if missing := _no_folder(folder):
        return [missing]
    files, problems = read_tree(folder)
    return sorted([*problems, *check_files(files)[1]])


def read_sound(
    folder: Path, *, expectations: bool = True, shown: int = 5
) -> tuple[list[TreeFile], Manifest]:
    """Return the files of a good recipe and its manifest.

    Parameters
    ----------
    folder : pathlib.Path
        Holds ``recipe.yaml`` and the recipe's files; each is read once.
    expectations : bool
        Whether what its tests expect must be there already.
    shown : int
        How many problems are told in full.

    Returns
    -------
    files : list of TreeFile
        Ordered by path.
    manifest : Manifest

    Raises
    ------
    RegistryError
        Of kind ``manifest``, with what `lint` finds.
    """
    if missing := _no_folder(folder):
        raise refusal([missing], "manifest", shown)
    files, problems = read_tree(folder)
    manifest, found = check_files(files, expectations=expectations)
    if manifest is None or problems or found:
        raise refusal([*problems, *found], "manifest", shown)
    return files, manifest


def check_files(
    files: Sequence[TreeFile], *, expectations: bool = True
) -> tuple[Manifest | None, list[Problem]]:
    """Check the files of a recipe against its manifest.

    Parameters
    ----------
    files : sequence of TreeFile
        As `cobrex_registry.store.tree_files.read_tree` gives them.
    expectations : bool
        Whether what its tests expect must be there already.

    Returns
    -------
    manifest : Manifest or None
        None when it cannot be read at all.
    problems : list of Problem
        What is wrong.
    """
    by_path = {one.path: one for one in files}
    document = by_path.get(FILE)
    if document is None or document.mode == LINK:
        return None, [Problem(FILE, 0, "is missing", "a recipe is a folder with a recipe.yaml")]
    try:
        text = document.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [Problem(FILE, 0, f"not UTF-8 at byte {error.start}", "save it as UTF-8")]
    manifest, problems = problems_of(text)
    if manifest is not None:
        problems.extend(_scripts(manifest, by_path, _line(text, "command")))
        problems.extend(_lock(manifest, by_path, _line(text, "environment")))
        problems.extend(test_problems(manifest, by_path, _line(text, "tests"), expectations))
        problems.extend(_unconfirmed(manifest, _line(text, "confirm")))
    return manifest, problems


def _no_folder(folder: Path) -> Problem | None:
    if folder.is_dir():
        return None
    if folder.is_file():
        return Problem(str(folder), 0, "is a file, no folder", f"name its folder: {folder.parent}")
    return Problem(
        str(folder),
        0,
        "there is no such folder",
        "name the folder that holds recipe.yaml; recipe copy makes one of what is published",
    )


def _line(text: str, key: str) -> int:
    lines = text.splitlines()
    return next((n for n, line in enumerate(lines, 1) if line.startswith(f"{key}:")), 0)


def _unconfirmed(manifest: Manifest, line: int) -> list[Problem]:
    if not manifest.confirm:
        return []
    return [
        Problem(
            FILE,
            line,
            f"confirm: proposed by the import, not looked at: {', '.join(manifest.confirm)}",
            "compare them with the recipe's manual (README.md), mend them, remove `confirm`",
        )
    ]


def _scripts(manifest: Manifest, files: dict[str, TreeFile], line: int) -> list[Problem]:
    try:
        named = scripts(manifest.command)
    except ValueError:
        return []
    problems = [
        Problem(
            FILE,
            line,
            f"command: {word} is not in the folder",
            "scripts are named relative to the recipe's folder",
        )
        for word in named
        if word.removeprefix("./") not in files
    ]
    first = named[0] if named and manifest.command.startswith(named[0]) else ""
    script = files.get(first.removeprefix("./"))
    if script is not None and script.mode != EXECUTABLE:
        problems.append(
            Problem(
                FILE,
                line,
                f"command: {first} is not executable",
                f"chmod +x {first}, or begin with its interpreter",
            )
        )
    return problems


def _lock(manifest: Manifest, files: dict[str, TreeFile], line: int) -> list[Problem]:
    name = manifest.environment.lock
    if not name:
        return []
    conda = manifest.environment.kind == "conda"
    if name not in files:
        cure = (
            "conda list --explicit --sha256"
            if conda
            else "uv pip compile --generate-hashes requirements.in -o requirements.lock"
        )
        return [Problem(FILE, line, f"environment: {name} is not in the folder", cure)]
    text = files[name].data.decode("utf-8", "replace").replace("\r\n", "\n")
    if conda:
        return check_conda(name, text)
    return [
        Problem(
            name,
            number,
            f"not a package with version and hash: {entry[:60]!r}",
            "uv pip compile --generate-hashes requirements.in -o requirements.lock",
        )
        for number, entry in _entries(text)
        if not _PIN.fullmatch(entry)
    ]


def _entries(text: str) -> list[tuple[int, str]]:
    """Return the logical lines of a lock file with the number each begins on."""
    entries, start, pending = [], 0, ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        start = start if pending else number
        pending += line.removesuffix("\\") + " "
        if not line.endswith("\\"):
            if pending.strip():
                entries.append((start, pending.strip()))
            pending = ""
    return [*entries, (start, pending.strip())] if pending.strip() else entries
