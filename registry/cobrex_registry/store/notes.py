"""Notes of git: lines said of an object, only ever added."""

from __future__ import annotations

from collections.abc import Sequence

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author

from .git import ZERO, Git, GitError, Objects
from .objects import moment, write_commit
from .refs import read, swap
from .tree_hash import FOLDER, Entry, read_entries

_PATIENCE = 100
_LONGEST = 1 << 20


def read_note(objects: Objects, commit: str, target: str) -> bytes:
    """Return the note of an object; what is damaged is as good as none.

    Parameters
    ----------
    objects : Objects
        Reader.
    commit : str
        Head of the notes.
    target : str
        Id of the object they are about.

    Returns
    -------
    bytes
        Whole lines, each with its newline; of a very long note the latest. Empty when there is
        none.
    """
    try:
        data = _whole(objects, _tree(objects, f"{commit}^{{tree}}"), target)
    except GitError:
        return b""
    return data if len(data) <= _LONGEST else data[-_LONGEST:].partition(b"\n")[2]


def append(
    git: Git, ref: str, targets: Sequence[str], line: bytes, *, title: str, author: Author
) -> None:
    """Add a line to the notes of some objects; tried again when another process was faster.

    Parameters
    ----------
    git : Git
        The repository.
    ref : str
        Of the notes.
    targets : sequence of str
        Ids of the objects.
    line : bytes
        Without a newline.
    title : str
        Message of the commit.
    author : Author
        Of the commit.

    Raises
    ------
    RegistryError
        When the notes cannot be written.
    """
    for _ in range(_PATIENCE):
        head = read(git, ref).get(ref, ZERO)
        with git.objects() as objects:
            root = [] if head == ZERO else _tree(objects, f"{head}^{{tree}}")
            for target in targets:
                note = _whole(objects, root, target) + line + b"\n"
                root = _noted(git, objects, root, target, note)
        parents = [] if head == ZERO else [head]
        commit = write_commit(git, _write(git, root), parents, title, author=author, when=moment())
        if swap(git, ref, commit, head):
            return
    raise RegistryError(
        f"the notes {ref} are written all the time", hint="try again", kind="registry"
    )


def _whole(objects: Objects, root: Sequence[Entry], target: str) -> bytes:
    """Return a note to its first line: what is lost here would be lost to what is written."""
    blob = _blob(objects, root, target)
    data = objects.read(blob)[1] if blob else b""
    return data.rstrip(b"\n") + b"\n" if data.strip() else b""


def _blob(objects: Objects, entries: Sequence[Entry], rest: str) -> str:
    """Return the id of a note, wherever git's fan-out has put it; empty when there is none."""
    for mode, sha, name in entries:
        if name == rest and mode != FOLDER:
            return sha
    below = next((sha for mode, sha, name in entries if _is_shelf(mode, name, rest)), "")
    return _blob(objects, _tree(objects, below), rest[2:]) if below and len(rest) > 2 else ""


def _noted(
    git: Git, objects: Objects, root: Sequence[Entry], target: str, text: bytes
) -> list[Entry]:
    """Return the entries of a notes tree with one note replaced, below its first two digits."""
    shelf = next((sha for mode, sha, name in root if _is_shelf(mode, name, target)), "")
    inner = [one for one in (_tree(objects, shelf) if shelf else []) if one[2] != target[2:]]
    blob = git.run("hash-object", "-w", "--no-filters", "--stdin", data=text)
    made = _write(git, [*inner, ("100644", blob, target[2:])])
    # plain entries of the whole id, as `git notes` makes them while there are few, move here
    kept = [one for one in root if one[2] not in {target, target[:2]}]
    return [*kept, (FOLDER, made, target[:2])]


def _is_shelf(mode: str, name: str, rest: str) -> bool:
    return mode == FOLDER and name == rest[:2]


def _tree(objects: Objects, name: str) -> list[Entry]:
    kind, data = objects.read(name)
    if kind != "tree":
        raise GitError(f"object {name} is a {kind}, not a tree")
    return read_entries(data)


def _write(git: Git, entries: Sequence[Entry]) -> str:
    lines = [
        f"{'040000 tree' if mode == FOLDER else f'{mode} blob'} {sha}\t{name}"
        for mode, sha, name in entries
    ]
    return git.run("mktree", "-z", data="".join(f"{one}\0" for one in lines).encode())
