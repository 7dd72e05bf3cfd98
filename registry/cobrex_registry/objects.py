"""Writing git objects: blobs, trees, commits, tags, from bytes that have been checked."""

from __future__ import annotations

import time
from collections.abc import Sequence

from .errors import RegistryError
from .git import Git
from .ident import Author
from .tree_files import EXECUTABLE, PLAIN, TreeFile
from .tree_hash import Entry, object_id, trees

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_FSCK_MODE = {"40000": "040000"}


def moment(seconds: int | None = None) -> str:
    """Return a time as git writes it: ``<seconds> +0000``; now by default."""
    return f"{int(time.time()) if seconds is None else seconds} +0000"


def write_files(git: Git, files: Sequence[TreeFile], name: str) -> str:
    """Write files below one name.

    Parameters
    ----------
    git : Git
        The repository.
    files : sequence of TreeFile
        As they were read: the bytes that were checked, not what may stand in the folder by now.
    name : str
        The only entry of the root tree.

    Returns
    -------
    str
        Id of the root tree.
    """
    for one in {object_id("blob", one.data): one for one in files}.values():
        sha = git.run("hash-object", "-w", "--no-filters", "--stdin", data=one.data)
        if sha != object_id("blob", one.data):
            raise RegistryError(f"git gave {one.path} another id than it has")
    made = trees(files, name)
    return _write_trees(git, made)


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
    lines = [f"tree {tree}", *(f"parent {one}" for one in parents)]
    lines += [f"author {author.ident} {when}", f"committer {author.ident} {when}", "", message]
    data = "\n".join(lines).rstrip("\n") + "\n"
    return git.run("hash-object", "-w", "-t", "commit", "--stdin", data=data.encode())


def write_tag(
    git: Git, target: str, kind: str, name: str, message: str, *, author: Author, when: str
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

    Returns
    -------
    str
        Its id.
    """
    header = f"object {target}\ntype {kind}\ntag {name}\ntagger {author.ident} {when}\n\n"
    return git.run("mktag", data=f"{header}{message.rstrip()}\n".encode())


def _write_trees(git: Git, made: Sequence[Sequence[Entry]]) -> str:
    text = b""
    for entries in made:
        for mode, sha, name in entries:
            kind = "blob" if mode in {PLAIN, EXECUTABLE, "120000"} else "tree"
            line = f"{_FSCK_MODE.get(mode, mode)} {kind} {sha}\t{name}"
            text += line.encode("utf-8", "surrogateescape") + b"\0"
        text += b"\0"
    # ids of the deeper trees are known beforehand, so one process writes them all; deepest first
    return git.run("mktree", "-z", "--batch", "--missing", data=text).splitlines()[-1]
