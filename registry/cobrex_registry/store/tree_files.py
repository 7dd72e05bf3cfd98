"""The files of a recipe's folder as git will hold them: paths, modes, bytes."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cobrex_registry.reading.problems import Problem

MAX_FILE = 8 << 20
MAX_TOTAL = 32 << 20
MAX_FILES = 2000
MAX_PATH = 400
PLAIN, EXECUTABLE, LINK = "100644", "100755", "120000"

_LEFT_OUT = frozenset(
    {
        "__pycache__",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
        ".DS_Store",
        ".ipynb_checkpoints",
        ".snakemake",
        ".venv",
        ".idea",
        ".vscode",
    }
)
_REFUSED = frozenset({".git", "git~1", ".gitattributes", ".gitmodules"})
_NAME = re.compile(r"[^\\/:]{1,200}")
# what Windows calls .git, .gitmodules ... for short: git's own check would keep it off every server
_SHORT = re.compile(r"gi[a-z0-9]{1,4}~[0-9]+")


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file, read once.

    Attributes
    ----------
    path : str
        Relative to the folder, with ``/``.
    mode : str
        Git's: `PLAIN`, `EXECUTABLE` or `LINK`.
    data : bytes
        Contents; of a symbolic link its target.
    """

    path: str
    mode: str
    data: bytes


def read_tree(folder: Path) -> tuple[list[TreeFile], list[Problem]]:
    """Read all files of a folder that would be published.

    Caches of Python and editors are left out, and so is a ``.git`` at the top: the folder may be
    somebody's repository.

    Parameters
    ----------
    folder : pathlib.Path
        The recipe.

    Returns
    -------
    files : list of TreeFile
        Ordered by path.
    problems : list of Problem
        What may not be published: ``.gitattributes``, a repository inside, links that leave the
        folder, devices, names git or another system cannot hold, too much.
    """
    files: list[TreeFile] = []
    problems: list[Problem] = []
    total = 0
    for path in _walk(folder, folder, problems):
        relative = path.relative_to(folder).as_posix()
        found = _read(path, relative, problems)
        if found is None:
            continue
        files.append(found)
        total += len(found.data)
        if total > MAX_TOTAL or len(files) > MAX_FILES:
            problems.append(
                Problem(
                    ".",
                    0,
                    f"more than {MAX_TOTAL >> 20} MiB or {MAX_FILES} files",
                    "data do not belong into a recipe",
                )
            )
            break
    problems += [
        Problem(path, 0, f"some systems take it for {other}", "rename one of the two")
        for path, other in same_names(one.path for one in files)
    ]
    return sorted(files, key=lambda one: one.path), problems


def same_names(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return files and folders that are one to a system which heeds neither case nor accents' form.

    Parameters
    ----------
    paths : iterable of str
        Of files, relative to the top.

    Returns
    -------
    list of (str, str)
        Each with the one before it.
    """
    seen: dict[str, str] = {}
    found = []
    for whole in sorted(paths):
        parts = whole.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            other = seen.setdefault(unicodedata.normalize("NFC", path.casefold()), path)
            if other != path:
                found.append((path, other))
    return list(dict.fromkeys(found))


def _walk(folder: Path, top: Path, problems: list[Problem]) -> list[Path]:
    found: list[Path] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        problems.append(
            Problem(
                _relative(folder, top),
                0,
                f"{error.strerror or error}",
                "see that it exists and may be read",
            )
        )
        return found
    for entry in entries:
        path = Path(entry.path)
        if (
            entry.name in _LEFT_OUT
            or entry.name.endswith(".pyc")
            or (entry.name == ".git" and folder == top)
        ):
            continue
        if not _acceptable(path, top, problems):
            continue
        if entry.is_dir(follow_symlinks=False):
            found.extend(_walk(path, top, problems))
        else:
            found.append(path)
    return found


def _acceptable(path: Path, top: Path, problems: list[Problem]) -> bool:
    problem = name_problem(_relative(path, top), path.name)
    if problem is not None:
        problems.append(problem)
    return problem is None


def name_problem(relative: str, name: str) -> Problem | None:
    """Return what keeps a name out of a published tree.

    Parameters
    ----------
    relative : str
        Path below the top.
    name : str
        Its last part.

    Returns
    -------
    Problem or None
        None for a good one.
    """
    if name.casefold() in _REFUSED:
        return Problem(
            relative,
            0,
            f"{name} may not be published",
            "it would change what git writes; remove it",
        )
    if (
        not _NAME.fullmatch(name)
        or not name.isprintable()  # nor, then, with characters that are not seen: .g<>it
        or _SHORT.fullmatch(name.casefold())
        or len(relative) > MAX_PATH
        or name.endswith((" ", "."))
    ):
        return Problem(relative, 0, "this name cannot be published", "rename it")
    return None


def _relative(path: Path, top: Path) -> str:
    text = path.relative_to(top).as_posix()
    return text.encode("utf-8", "replace").decode("utf-8")


def _read(path: Path, relative: str, problems: list[Problem]) -> TreeFile | None:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return _link(path, relative, problems)
        if not stat.S_ISREG(status.st_mode):
            problems.append(Problem(relative, 0, "neither a file nor a folder", "remove it"))
            return None
        if status.st_size > MAX_FILE:
            problems.append(
                Problem(
                    relative,
                    0,
                    f"larger than {MAX_FILE >> 20} MiB",
                    "data do not belong into a recipe",
                )
            )
            return None
        mode = EXECUTABLE if status.st_mode & stat.S_IXUSR else PLAIN
        return TreeFile(relative, mode, _contents(path))
    except OSError as error:
        problems.append(
            Problem(relative, 0, f"{error.strerror or error}", "see that it exists and may be read")
        )
        return None


def _contents(path: Path) -> bytes:
    """Read a plain file, whatever has taken its place since somebody looked."""
    # a FIFO would be waited for, and a link leads elsewhere
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file any more")
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise OSError(errno.EFBIG, f"it has grown beyond {MAX_FILE >> 20} MiB")
    return data


def _link(path: Path, relative: str, problems: list[Problem]) -> TreeFile | None:
    target = str(path.readlink())
    if not stays_inside(relative, target):
        problems.append(
            Problem(
                relative,
                0,
                f"a link that leaves the folder: {target[:80]!r}",
                "copy the file instead",
            )
        )
        return None
    return TreeFile(relative, LINK, os.fsencode(target))


def stays_inside(path: str, target: str) -> bool:
    """Tell whether a link at `path` to `target` stays in the tree.

    Parameters
    ----------
    path : str
        Of the link, relative to the top.
    target : str
        What the link says.

    Returns
    -------
    bool
        False also for absolute and empty targets, control characters, and ``..`` after a name.
    """
    if not target or target.startswith("/") or any(ord(c) < 32 or ord(c) == 127 for c in target):
        return False
    depth, below = len(PurePosixPath(path).parts) - 1, False
    for part in target.split("/"):
        if part in {"", "."}:
            continue
        if part == "..":
            depth -= 1
        # a name may be a link by itself, and nobody knows where .. leads from there
        if depth < 0 or (below and part == "..") or part.casefold() in _REFUSED:
            return False
        below = part != ".."
    return True
