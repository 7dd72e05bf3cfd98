"""Verify: that published versions still are, to the byte, what was published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.materialise import intact, read_files
from cobrex_registry.recipe import manifest as manifests
from cobrex_registry.recipe.code_hash import hash_files
from cobrex_registry.repository import Registry
from cobrex_registry.store.git import Objects
from cobrex_registry.store.signing import signer
from cobrex_registry.store.tree_files import TreeFile
from cobrex_registry.store.tree_hash import object_id, root_id
from cobrex_registry.version import Version

from .finding import RESTORE, Finding

_HASH = re.compile(rb"^Code-Hash: (\S+)$", re.MULTILINE)
_CACHE = "remove it: it is written anew when it is needed"


def verify(
    registry: Registry, versions: Sequence[Version], cache: Path | None = None
) -> list[Finding]:
    """Recompute every id of published versions from the bytes that are stored.

    Parameters
    ----------
    registry : Registry
        Where they are published.
    versions : sequence of Version
        Which.
    cache : pathlib.Path, optional
        Materialised versions, to be compared where they are there.

    Returns
    -------
    list of Finding
        Empty when all is well. Signatures count where the registry has allowed signers.
    """
    found: list[Finding] = []
    left = list(versions)
    while left:
        with registry.git.objects() as objects:
            while left:
                one = left.pop(0)
                try:
                    found += [Finding(str(one), *what) for what in _verify(registry, objects, one)]
                except RegistryError as error:
                    found.append(Finding(str(one), error.message))
                    break  # git may have stopped over a damaged object: ask a new one
    if cache is not None:
        found += _compare(versions, cache)
    return found


def _verify(registry: Registry, objects: Objects, one: Version) -> Iterator[tuple[str, str]]:
    tag = _read(objects, "tag", one.tag_sha)
    head = dict(line.partition(" ")[::2] for line in _head(tag))
    if head.get("tag") != one.ref.removeprefix("refs/tags/") or head["object"] != one.commit_sha:
        yield "its tag was made for something else", RESTORE
    commit = _read(objects, "commit", one.commit_sha)
    if f"tree {one.tree_sha}" != _head(commit)[0]:
        yield "its commit holds another tree", RESTORE
    files = read_files(objects, one)
    if root_id(files, one.name) != one.tree_sha:
        yield "its files are not the published ones", RESTORE
    elif one.kind == "recipe":
        yield from _verify_recipe(one, tag, files)
    if registry.signing.allowed is not None:
        try:
            signer(tag, registry.signing.allowed)
        except RegistryError as error:
            yield f"signature: {error.message}", error.hint


def _verify_recipe(
    one: Version, tag: bytes, files: Sequence[TreeFile]
) -> Iterator[tuple[str, str]]:
    text = next((file.data for file in files if file.path == manifests.FILE), b"")
    manifest = manifests.parse(text.decode("utf-8-sig", "replace"), f"{one}:{manifests.FILE}")
    if (manifest.name, manifest.version) != (one.name, one.version):
        yield (f"its manifest is that of {manifest.name} {manifest.version}",
               "yank it, and publish it under its own name and number")  # fmt: skip
    said = _HASH.search(tag)
    if said is not None and said[1].decode("ascii", "replace") != hash_files(manifest, files):
        yield "its tag tells another code hash than its files have", "yank it, and publish it anew"


def _read(objects: Objects, kind: str, sha: str) -> bytes:
    found, data = objects.read(sha)
    if found != kind or object_id(kind, data) != sha:
        raise RegistryError(f"{kind} {sha} is damaged", hint=RESTORE)
    return data


def _head(data: bytes) -> list[str]:
    return data.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")


def _compare(versions: Sequence[Version], cache: Path) -> Iterator[Finding]:
    for one in versions:
        place = cache / one.tree_sha[:2] / one.tree_sha
        if place.exists() and not intact(place, one):
            yield Finding(str(one), f"its copy {place} was changed", _CACHE)
