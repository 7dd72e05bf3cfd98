"""Publishing: from a folder to a tag that never changes."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .code_hash import hash_files
from .errors import RegistryError
from .git import ZERO, Git, GitError
from .lint import check_files
from .manifest import Manifest
from .problems import refusal
from .repository import Registry
from .semver import Semver, Spec
from .tree_files import EXECUTABLE, PLAIN, TreeFile, read_tree
from .tree_hash import Entry, object_id, root_id, trees
from .version import Version, ref_name

_LOCK_IS_DEAD_S = 2.0
_PATIENCE_S = 30.0
_FSCK_MODE = {"40000": "040000"}


@dataclass(frozen=True, slots=True)
class Author:
    """Who publishes.

    Attributes
    ----------
    name, email : str
        As in a git identity.
    """

    name: str = "cobrex"
    email: str = "cobrex@localhost"

    @property
    def ident(self) -> str:
        """``Name <email>``, without what git cannot hold."""
        name, email = (
            "".join(c for c in text if c.isprintable() and c not in "<>").strip(" .,:;\"'")
            for text in (self.name[:200], self.email[:200])
        )
        return f"{name or 'unknown'} <{email or 'unknown'}>"


def publish(
    registry: Registry,
    folder: Path,
    *,
    namespace: str = "main",
    author: Author | None = None,
    source: Mapping[str, str] | None = None,
) -> Version:
    """Check a recipe's folder and publish it.

    The same files again are a no-op. Killed at any instant, the version is published or is not.

    Parameters
    ----------
    registry : Registry
        Where to.
    folder : pathlib.Path
        Holds ``recipe.yaml`` and the recipe's files.
    namespace : str
        Whose it is.
    author : Author, optional
        Who publishes.
    source : mapping of str to str, optional
        Where the files come from, written into the tag: ``{"Source-Commit": ...}``.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``manifest`` with all that lint finds; ``version-taken`` when other files are
        published under this version.
    """
    files, problems = read_tree(folder)
    manifest, found = check_files(files)
    if manifest is None or problems or found:
        raise refusal([*problems, *found], "manifest")
    spec = Spec.parse(f"{namespace}/{manifest.name}")
    notes = {"Code-Hash": hash_files(manifest, files), **(source or {})}
    return publish_files(
        registry,
        "recipe",
        spec,
        version=manifest.version,
        files=files,
        author=author or _first_author(manifest),
        notes=notes,
    )


def publish_files(
    registry: Registry,
    kind: str,
    spec: Spec,
    *,
    version: str,
    files: Sequence[TreeFile],
    author: Author,
    notes: Mapping[str, str] | None = None,
) -> Version:
    """Publish files that have been checked.

    Parameters
    ----------
    registry : Registry
        Where to.
    kind : str
        ``recipe``, ``preset`` ...
    spec : Spec
        Namespace and name.
    version : str
        Semantic version.
    files : sequence of TreeFile
        The tree below the name.
    author : Author
        Who publishes.
    notes : mapping of str to str, optional
        Trailers of the tag's message.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``version-taken``.
    """
    number = Semver.parse(version)
    tree = root_id(files, spec.name)
    published = registry.versions(kind, spec.full_name)
    taken = next((one for one in published if str(one.number) == str(number)), None)
    if taken is not None:
        return _same_or_refuse(taken, tree)
    older = [one for one in published if one.number < number]
    git = registry.git
    _write_blobs(git, files)
    _write_trees(git, trees(files, spec.name))
    parent = ("-p", older[-1].commit_sha) if older else ()
    title = f"{kind} {spec.full_name} {number}"
    message = title + "\n" + "".join(f"\n{key}: {value}" for key, value in (notes or {}).items())
    moment = f"{int(time.time())} +0000"
    commit = git.run(
        "commit-tree", *parent, tree, data=title.encode(), identity=_identity(author, moment)
    )
    ref = ref_name(kind, spec.namespace, spec.name, number)
    header = (
        f"object {commit}\ntype commit\ntag {ref.removeprefix('refs/tags/')}\n"
        f"tagger {author.ident} {moment}\n\n{message}\n"
    )
    tag = git.run("mktag", data=header.encode())
    _create_ref(git, ref, tag)
    made = next((one for one in registry.versions(kind, spec.full_name) if one.ref == ref), None)
    if made is None:
        raise RegistryError(
            f"{ref} exists, but is no publication",
            hint="see the registry with git for-each-ref",
            kind="registry",
        )
    return _same_or_refuse(made, tree)


def _same_or_refuse(taken: Version, tree: str) -> Version:
    if taken.tree_sha != tree:
        raise RegistryError(
            f"{taken.kind} {taken.full_name} {taken.number} is already published with other files",
            kind="version-taken",
            hint="a published version never changes: raise the version and publish again",
        )
    return taken


def _write_blobs(git: Git, files: Sequence[TreeFile]) -> None:
    """Write the bytes that were read, not what may stand in the folder by now."""
    for one in {object_id("blob", one.data): one for one in files}.values():
        sha = git.run("hash-object", "-w", "--no-filters", "--stdin", data=one.data)
        if sha != object_id("blob", one.data):
            raise RegistryError(f"git gave {one.path} another id than it has")


def _write_trees(git: Git, made: Sequence[Sequence[Entry]]) -> None:
    text = b""
    for entries in made:
        for mode, sha, name in entries:
            kind = "blob" if mode in {PLAIN, EXECUTABLE, "120000"} else "tree"
            line = f"{_FSCK_MODE.get(mode, mode)} {kind} {sha}\t{name}"
            text += line.encode("utf-8", "surrogateescape") + b"\0"
        text += b"\0"
    # ids of the deeper trees are known beforehand, so one process writes them all; deepest first
    git.run("mktree", "-z", "--batch", "--missing", data=text)


def _identity(author: Author, moment: str) -> dict[str, str]:
    name, _, email = author.ident.rpartition(" <")
    return {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", name), ("EMAIL", email.rstrip(">")), ("DATE", moment))
    }


def _create_ref(git: Git, ref: str, tag: str) -> None:
    """Create a ref; nothing happens when it exists, the caller looks what it holds."""
    with publishing(git.path) as lock:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                git.run("update-ref", "--no-deref", ref, tag, ZERO, keep=(lock,))
            except GitError as error:
                if "already exists" in error.stderr:
                    return
                if "File exists" not in error.stderr or time.monotonic() > deadline:
                    raise
                _remove_dead_lock(git.path / f"{ref}.lock")
                time.sleep(0.05)
            else:
                return


@contextmanager
def publishing(repository: Path) -> Iterator[int]:
    """Hold the registry's write lock; the kernel lets go of it when its holders die.

    Parameters
    ----------
    repository : pathlib.Path
        The bare repository.

    Yields
    ------
    int
        Descriptor of the lock, to be inherited by the git that writes.
    """
    try:
        lock = os.open(repository / "cobrex.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
    except OSError as error:
        raise RegistryError(
            f"{repository}: {error.strerror or error}",
            hint="see that you may write to the registry",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def _remove_dead_lock(path: Path) -> None:
    """Remove git's lock when its maker is gone: no other cobrex can be at it now."""
    try:
        if time.time() - path.stat().st_mtime > _LOCK_IS_DEAD_S:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return


def _first_author(manifest: Manifest) -> Author:
    if not manifest.authors:
        return Author()
    return Author(manifest.authors[0].name, manifest.authors[0].email)
