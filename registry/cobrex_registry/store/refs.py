"""Writing refs: created once or moved by compare-and-swap, under a lock that dies with us."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.held import held

from .git import ZERO, Git, GitError

_LOCK_IS_DEAD_S = 2.0
_PATIENCE_S = 30.0
_AT_ONCE = 8
_FEW = 30


def read(git: Git, *prefixes: str) -> dict[str, str]:
    """Return the refs below some prefixes, or of exactly these names.

    Parameters
    ----------
    git : Git
        The repository.
    *prefixes : str
        ``refs/channels/``; a whole ref name works too.

    Returns
    -------
    dict of str to str
        Ref name to object id.
    """
    lines = git.run("for-each-ref", "--format=%(objectname) %(refname)", *prefixes).splitlines()
    return {ref: sha for sha, _, ref in (line.partition(" ") for line in lines)}


def create(git: Git, ref: str, new: str) -> bool:
    """Create a ref; nothing happens when it exists.

    Parameters
    ----------
    git : Git
        The repository.
    ref : str
        Its full name, matched against a pattern before.
    new : str
        Object id.

    Returns
    -------
    bool
        False when it existed already.
    """
    return swap(git, ref, new, ZERO)


def create_all(git: Git, refs: Mapping[str, str]) -> set[str]:
    """Create many refs at once; those that exist are left as they are.

    Killed in the middle, some exist and others do not.

    Parameters
    ----------
    git : Git
        The repository.
    refs : mapping of str to str
        Full names, matched against a pattern before, to object ids.

    Returns
    -------
    set of str
        Those that did not exist.
    """
    if not refs:
        return set()
    ordered = sorted(refs)
    size = max(_FEW, -(-len(ordered) // _AT_ONCE))
    parts = [ordered[at : at + size] for at in range(0, len(ordered), size)]
    # each ref is synchronised with the disk: several gits wait for it together
    with publishing(git.path) as lock, ThreadPoolExecutor(len(parts)) as pool:
        done = list(pool.map(lambda part: _create_part(git, refs, part, lock), parts))
    made = {ref for part, good in zip(parts, done, strict=True) if good for ref in part}
    for part, good in zip(parts, done, strict=True):
        if not good:
            made |= {ref for ref in part if create(git, ref, refs[ref])}
    return made


def _create_part(git: Git, refs: Mapping[str, str], part: Sequence[str], lock: int) -> bool:
    lines = "".join(f"create {ref} {refs[ref]}\n" for ref in part)
    try:
        git.run("update-ref", "--no-deref", "--stdin", data=lines.encode(), keep=(lock,))
    except GitError:
        return False  # one of them exists or is locked: one by one it will be seen which
    return True


def swap(git: Git, ref: str, new: str, old: str) -> bool:
    """Move a ref if it still is where it was.

    Parameters
    ----------
    git : Git
        The repository.
    ref : str
        Its full name.
    new, old : str
        Object ids; `old` is `ZERO` for a ref that must not exist.

    Returns
    -------
    bool
        False when somebody else moved or made it meanwhile.
    """
    with publishing(git.path) as lock:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                git.run("update-ref", "--no-deref", ref, new, old, keep=(lock,))
            except GitError as error:
                if "already exists" in error.stderr or "but expected" in error.stderr:
                    return False
                if "File exists" not in error.stderr or time.monotonic() > deadline:
                    raise
                _remove_dead_lock(git.path / f"{ref}.lock")
                time.sleep(0.05)
            else:
                return True


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
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(held(repository / "cobrex.lock"))
        except OSError as error:
            raise RegistryError(
                f"{repository}: {error.strerror or error}",
                hint="see that you may write to the registry",
            ) from error
        yield lock


def _remove_dead_lock(path: Path) -> None:
    """Remove git's lock when its maker is gone: no other cobrex can be at it now."""
    try:
        if time.time() - path.stat().st_mtime > _LOCK_IS_DEAD_S:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return
