"""Checking a whole registry: objects, refs, versions, channels, events, conflicts, the index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.index.thing import Name, Thing, is_name, read_things
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver
from cobrex_registry.servers.conflicts import listed
from cobrex_registry.standing import channels, status
from cobrex_registry.store.git import Git, GitError
from cobrex_registry.store.refs import read
from cobrex_registry.store.remnant import clear
from cobrex_registry.version import KINDS

from .finding import RESTORE, Finding
from .verify import verify

_WORD = r"[a-z][a-z0-9_-]{0,127}"
_KIND = f"(?:{'|'.join(KINDS)})"
_KNOWN = tuple(
    re.compile(f"refs/{form}")
    for form in (
        f"tags/{_KIND}/{_WORD}/{_WORD}/[^/]+",
        f"channels/{_WORD}/{_KIND}/{_WORD}/{_WORD}",
        f"status/{_KIND}/{_WORD}/{_WORD}",
        f"notes/attest/{_WORD}",
        f"mirror/{_WORD}/.+",
        f"conflicts/{_WORD}/.+",
    )
)
_AGAIN = 3
_LOOK = "see whose it is with git for-each-ref; git update-ref -d removes it"


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Attributes
    ----------
    findings : tuple of Finding
        What is wrong.
    removed : tuple of pathlib.Path
        What killed commands had left behind.
    versions, refs : int
        How many were looked at.
    """

    findings: tuple[Finding, ...]
    removed: tuple[Path, ...]
    versions: int
    refs: int


def fsck(registry: Registry, cache: Path | None = None) -> Report:
    """Check everything, and remove what killed commands have left.

    Parameters
    ----------
    registry : Registry
        Which.
    cache : pathlib.Path, optional
        Its materialised versions.

    Returns
    -------
    Report
    """
    git = registry.git
    removed = clear(registry.path, cache)
    refs = read(git)
    found = [*_objects(git), *_broken(git.path, refs)]
    things = _things(git, refs)
    versions = [one for thing in things.values() for one in thing.versions]
    found += _refs(refs, {one.ref for one in versions})
    found += verify(registry, versions, cache)
    tags = {one.tag_sha: one.ref for one in versions}
    found += _channels(git, refs, tags)
    found += _events(git, refs)
    found += [
        Finding(f"{one.peer}: {one.what}", one.message, one.cure)
        for one in listed(git)
        if not one.settled
    ]
    found += _index(registry, things)
    return Report(tuple(found), tuple(removed), len(versions), len(refs))


def _objects(git: Git) -> Iterator[Finding]:
    """Let git look at every object."""
    patient = Git(git.path, timeout_s=3600.0)
    try:
        patient.run("fsck", "--full", "--strict", "--no-dangling", "--no-progress")
    except GitError as error:
        said = dict.fromkeys(f"{error.stderr}\n{error.stdout}".splitlines())
        lines = [line for line in said if line and not line.startswith(("notice:", "warning:"))]
        for line in lines[:50]:
            yield Finding("git fsck", line)
        if not lines:
            yield Finding("git fsck", error.message)


def _broken(path: Path, refs: Mapping[str, str]) -> Iterator[Finding]:
    """Find files below ``refs/`` that git does not take for refs."""
    top = path / "refs"
    for file in sorted(top.rglob("*")):
        ref = file.relative_to(path).as_posix()
        if not file.is_dir() and ref not in refs and not ref.endswith(".lock"):
            yield Finding(ref, "it is no ref that git can read", RESTORE)


def _things(git: Git, refs: Mapping[str, str]) -> dict[Name, Thing]:
    names = {(p[2], p[3], p[4]) for p in (ref.split("/") for ref in refs)
             if p[1] == "tags" and len(p) == 6}  # fmt: skip
    return read_things(git, sorted(name for name in names if is_name(name)))


def _refs(refs: Mapping[str, str], published: set[str]) -> Iterator[Finding]:
    for ref in sorted(refs):
        if not any(form.fullmatch(ref) for form in _KNOWN):
            yield Finding(ref, "a ref that is none of a registry's", _LOOK)
        elif ref.startswith("refs/tags/") and ref not in published:
            yield Finding(ref, "it is no publication: damaged, or no tag made for it", RESTORE)


def _channels(git: Git, refs: Mapping[str, str], tags: Mapping[str, str]) -> Iterator[Finding]:
    for ref, sha in refs.items():
        if not ref.startswith("refs/channels/") or not _KNOWN[1].fullmatch(ref):
            continue
        try:
            made = channels.read_promotion(git, sha, ref)
        except RegistryError as error:
            yield Finding(ref, error.message, "promote a version anew")
            continue
        about = f"refs/tags/{made.kind}/{made.full_name}/{Semver.parse(made.version)}"
        if tags.get(made.target) != about and not _same_tree(git, made.target, refs.get(about, "")):
            yield Finding(ref, f"it stands on {made.version}, which is not published here",
                          "promote a version that is published, or sync")  # fmt: skip


def _same_tree(git: Git, target: str, here: str) -> bool:
    """Tell whether a promotion of another server stands on the files of a version here."""
    with git.objects() as objects:
        tree = channels.tree_of(objects, here) if here else ""
        return bool(tree) and channels.tree_of(objects, target) == tree


def _events(git: Git, refs: Mapping[str, str]) -> Iterator[Finding]:
    for ref, sha in refs.items():
        if not ref.startswith("refs/status/"):
            continue
        damaged: list[str] = []
        try:
            with git.objects() as objects:
                status.events_of(objects, sha, damaged)
        except RegistryError as error:
            yield Finding(ref, error.message)
        for one in damaged:
            yield Finding(ref, f"{one} holds no event; it does not count",
                          "say it again: deprecate, yank, unyank")  # fmt: skip


def _index(registry: Registry, things: Mapping[Name, Thing]) -> Iterator[Finding]:
    """Compare what the index says with what git says, then let it be made anew."""
    kept: Sequence[Thing] = [one for kind in KINDS for one in registry.things(kind)]
    said = {(one.kind, one.namespace, one.name): one for one in kept}
    true = {name: one for name, one in things.items() if one.versions or one.trouble}
    for name in sorted(said.keys() | true.keys()):
        if said.get(name) != true.get(name) and not _agree(registry, name):
            yield Finding("/".join(name), "the index told something else than git",
                          "nothing is to be done: it was removed and is made anew")  # fmt: skip
    registry.index.forget()


def _agree(registry: Registry, name: Name) -> bool:
    """Ask both again: somebody may have published since the refs were read."""
    return any(
        registry.index.thing(name) == read_things(registry.git, [name])[name] for _ in range(_AGAIN)
    )
