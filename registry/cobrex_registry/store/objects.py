"""Writing git objects: blobs, trees, commits, tags, from bytes that have been checked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author

from .git import Git
from .loose import write_objects
from .signing import sign
from .tree_files import TreeFile
from .tree_hash import tree_data, trees

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def moment(seconds: int | None = None) -> str:
    """Return a time as git writes it: ``<seconds> +0000``; now by default."""
    return f"{int(time.time()) if seconds is None else seconds} +0000"


def file_objects(files: Sequence[TreeFile], name: str) -> list[tuple[str, bytes]]:
    """Return the objects that hold files below one name.

    Parameters
    ----------
    files : sequence of TreeFile
        As they were read: the bytes that were checked, not what may stand in the folder by now.
    name : str
        The only entry of the root tree.

    Returns
    -------
    list of (str, bytes)
        Kinds and contents: blobs, then trees, deepest first; the root tree is the last.
    """
    for one in files:
        _demand_path(one.path)
    blobs = [("blob", one.data) for one in files]
    return [*blobs, *(("tree", tree_data(entries)) for entries in trees(files, name))]


def commit_data(
    tree: str, parents: Sequence[str], message: str, *, author: Author, when: str
) -> bytes:
    """Return the contents of a commit; the parameters are those of `write_commit`."""
    lines = [f"tree {tree}", *(f"parent {one}" for one in parents)]
    lines += [f"author {author.ident} {when}", f"committer {author.ident} {when}", "", message]
    return _text("\n".join(lines))


def tag_data(
    target: str,
    kind: str,
    name: str,
    message: str,
    *,
    author: Author,
    when: str,
    key: Path | None = None,
) -> bytes:
    """Return the contents of an annotated tag; the parameters are those of `write_tag`."""
    header = f"object {target}\ntype {kind}\ntag {name}\ntagger {author.ident} {when}\n\n"
    data = _text(header + message)
    return data + sign(data, key) if key is not None else data


def write_commit(
    git: Git, tree: str, parents: Sequence[str], message: str, *, author: Author, when: str
) -> str:
    """Write a commit.

    Parameters
    ----------
    git : Git
        The repository.
    tree : str
        Id of its tree.
    parents : sequence of str
        Ids.
    message : str
        Kept to the byte, with a newline at its end.
    author : Author
        Author and committer.
    when : str
        As `moment` gives it.

    Returns
    -------
    str
        Its id.
    """
    data = commit_data(tree, parents, message, author=author, when=when)
    return write_objects(git.path, [("commit", data)])[0]


def write_tag(
    git: Git,
    target: str,
    kind: str,
    name: str,
    message: str,
    *,
    author: Author,
    when: str,
    key: Path | None = None,
) -> str:
    """Write an annotated tag object; no ref yet.

    Parameters
    ----------
    git : Git
        The repository.
    target, kind : str
        Id and type (``commit``, ``tag``) of what it names.
    name : str
        The tag's own name: its ref without ``refs/tags/`` or ``refs/``.
    message : str
        Text.
    author : Author
        Who.
    when : str
        As `moment` gives it.
    key : pathlib.Path, optional
        ssh key it is signed with.

    Returns
    -------
    str
        Its id.
    """
    data = tag_data(target, kind, name, message, author=author, when=when, key=key)
    return write_objects(git.path, [("tag", data)])[0]


def _text(text: str) -> bytes:
    if "\0" in text:
        raise RegistryError("a message holds a NUL byte", hint="write it without")
    return text.rstrip().encode("utf-8", "replace") + b"\n"


def _demand_path(path: str) -> None:
    """Refuse what no tree may hold, whoever read the files."""
    for part in path.split("/"):
        if part.casefold() in {"", ".", "..", ".git", "git~1"} or "\0" in part:
            raise RegistryError(f"a file may not be named {path!r}", hint="rename it")
