"""The code hash: what of a recipe decides its products."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from cobrex_registry.canonical import canonical_json, digest
from cobrex_registry.reading.problems import refusal
from cobrex_registry.store.tree_files import TreeFile, read_tree

from .calling import Calling
from .command import words
from .manifest import FILE, Manifest

_FOLDERS = ("tests", "docs", "presets")


def code_hash(manifest: Manifest, folder: Path) -> str:
    """Return the code hash of a recipe.

    It covers command, inputs, outputs, environment and the recipe's files; not its version,
    parameters, QC ranges, resources, authors and texts, nor which outputs are intermediate, nor
    ``tests/``, ``docs/``, ``presets/`` and ``*.md``.

    Parameters
    ----------
    manifest : Manifest
        Of the recipe.
    folder : pathlib.Path
        Its files: a materialised version or a working copy.

    Returns
    -------
    str
        base64url sha256, 43 characters.

    Raises
    ------
    RegistryError
        Of kind ``manifest`` when the folder holds what no recipe may hold.
    """
    files, problems = read_tree(folder)
    if problems:
        raise refusal(problems, "manifest")
    return hash_files(manifest, files)


def hash_files(manifest: Manifest, files: Sequence[TreeFile]) -> str:
    """Return the code hash of a recipe whose files have been read."""
    covered = sorted(
        [one.path, one.mode, hashlib.sha256(one.data).hexdigest()]
        for one in files
        if covers(one.path)
    )
    return digest(canonical_json({**_contract(manifest), "files": covered}))


def covers(path: str) -> bool:
    """Tell whether a file of a recipe decides its products."""
    return path != FILE and not path.endswith(".md") and path.partition("/")[0] not in _FOLDERS


def _contract(manifest: Manifest) -> dict[str, object]:
    environment = manifest.environment
    return {
        "command": words(manifest.command),
        "inputs": [
            [one.role, sorted(set(one.frame_types)), one.min, one.max, one.main]
            for one in manifest.inputs
        ],
        "outputs": [
            [
                *(one.role, one.frame_type, one.file, one.min, one.max, one.main),
                *([one.catg] if one.catg else []),
            ]
            for one in manifest.outputs
        ],
        "environment": {
            "kind": environment.kind,
            "lock": environment.lock,
            "probes": [list(probe) for probe in environment.probes],
            "image": environment.image,
        },
        **_other_than_usual(manifest),
    }


def _other_than_usual(manifest: Manifest) -> dict[str, object]:
    """How it is called, where that is not the usual way: other recipes keep their hashes."""
    forms = [[one.name, one.form] for one in manifest.parameters if one.form != "option"]
    inputs = [[one.role, one.option] for one in manifest.inputs if one.option]
    outputs = [[one.role, one.option] for one in manifest.outputs if one.option]
    usual = manifest.calling == Calling()
    spelling = [] if usual else [manifest.calling.prefix, manifest.calling.join]
    found = {"spelling": spelling, "forms": forms, "inputs": inputs, "outputs": outputs}
    return {"call": found} if any(found.values()) else {}
