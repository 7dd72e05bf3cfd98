"""Materialising: exact bytes, read-only, whoever races or dies."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recipe_folder import numbered, write_recipe
from registry_race import materialise_all, race

from cobrex_registry.discard import discard
from cobrex_registry.errors import RegistryError
from cobrex_registry.materialise import intact, materialise
from cobrex_registry.publication import publish
from cobrex_registry.recipe.code_hash import code_hash
from cobrex_registry.repository import Registry

MATERIALISE = """
import sys
from pathlib import Path
from cobrex_registry.discard import discard
from cobrex_registry.materialise import materialise
from cobrex_registry.repository import Registry
registry = Registry.open(Path(sys.argv[1]))
while True:
    for version in registry.list("recipe"):
        place = materialise(registry, version, Path(sys.argv[2]))
        print(place, flush=True)
        discard(place)
"""


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "registry.git")


def test_exactly_what_was_published(registry: Registry, tmp_path: Path) -> None:
    folder = write_recipe(tmp_path / "toy")
    (folder / "lib" / "deep").mkdir(parents=True)
    (folder / "lib.py").write_bytes(b"\r\n\xff\x00")
    (folder / "lib" / "deep" / "r\u00e9sum\u00e9 x.txt").write_text("here")
    (folder / "lib" / "run").write_text("#!/bin/sh\n")
    (folder / "lib" / "run").chmod(0o755)
    (folder / "lib" / "link").symlink_to("../toy.py")
    (folder / "empty").write_text("")
    version = publish(registry, folder)
    place = materialise(registry, version, tmp_path / "cache")
    assert place == tmp_path / "cache" / version.tree_sha[:2] / version.tree_sha
    files = {path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()}
    assert {p.relative_to(place) for p in place.rglob("*") if not p.is_dir()} == files
    for path in files:
        assert (place / path).read_bytes() == (folder / path).read_bytes()
    assert str((place / "lib" / "link").readlink()) == "../toy.py"
    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in place.rglob("*")
             if not path.is_symlink()}  # fmt: skip
    assert modes.pop("run") == modes.pop("lib") == modes.pop("deep") == 0o555
    assert set(modes.values()) == {0o444}
    assert stat.S_IMODE(place.stat().st_mode) == 0o555
    manifest = registry.manifest(version)
    assert code_hash(manifest, place) == code_hash(manifest, folder)


def test_a_second_time_nothing_is_written(registry: Registry, tmp_path: Path) -> None:
    version = publish(registry, write_recipe(tmp_path / "toy"))
    place = materialise(registry, version, tmp_path / "cache")
    before = place.stat().st_ino
    discard(registry.path)  # git is not even asked
    assert materialise(registry, version, tmp_path / "cache").stat().st_ino == before


@pytest.mark.parametrize("damage", ["edit", "add", "remove", "mode", "empty"])
def test_a_spoilt_copy_is_made_anew(registry: Registry, tmp_path: Path, damage: str) -> None:
    version = publish(registry, write_recipe(tmp_path / "toy"))
    place = materialise(registry, version, tmp_path / "cache")
    place.chmod(0o755)
    (place / "toy.py").chmod(0o644)
    if damage == "edit":
        (place / "toy.py").write_text("print('evil')\n")
    elif damage == "add":
        (place / "sitecustomize.py").write_text("")
    elif damage == "mode":
        (place / "toy.py").chmod(0o755)
    else:
        (place / "toy.py").unlink()
        if damage == "empty":
            (place / "recipe.yaml").unlink()
    assert not intact(place, version)
    assert materialise(registry, version, tmp_path / "cache") == place
    assert intact(place, version)
    assert list(place.parent.iterdir()) == [place]


def test_eight_at_once(registry: Registry, tmp_path: Path) -> None:
    for n in range(10):
        publish(registry, numbered(tmp_path / "toy", f"1.{n}.0"))
    counts = race(materialise_all, registry.path, [tmp_path / "cache"] * 8)
    assert counts == [10] * 8
    assert len(list((tmp_path / "cache").glob("*/*"))) == 10
    assert list((tmp_path / "cache").glob("*/.*")) == []


@pytest.mark.parametrize("seed", range(10))
def test_killed_at_any_instant(registry: Registry, tmp_path: Path, seed: int) -> None:
    versions = [publish(registry, numbered(tmp_path / "toy", f"1.{n}.0")) for n in range(3)]
    cache = tmp_path / "cache"
    process = subprocess.Popen(
        [sys.executable, "-c", MATERIALISE, str(registry.path), str(cache)],
        start_new_session=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(random.Random(seed).uniform(0, 0.2))
    os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait()
    for one in versions:
        assert intact(materialise(registry, one, cache), one)


def test_a_hostile_tree_writes_nothing_outside(registry: Registry, tmp_path: Path) -> None:
    version = publish(registry, write_recipe(tmp_path / "toy"))

    def git(*words: str, data: str = "") -> str:
        return subprocess.run(["git", f"--git-dir={registry.path}", *words], input=data, text=True,
                              check=True, capture_output=True).stdout.strip()  # fmt: skip

    blob = git("hash-object", "-w", "--stdin", data="/etc")
    for number, entry in enumerate(
        (f"120000 blob {blob}\tlink", f"100644 blob {blob}\t..", f"100644 blob {blob}\t.git",
         f"160000 commit {version.commit_sha}\tmodule", f"100600 blob {blob}\tx")
    ):  # fmt: skip
        inner = git("mktree", "--missing", data=f"{entry}\n")
        root = git("mktree", data=f"040000 tree {inner}\ttoy\n")
        commit = git("-c", "user.name=x", "-c", "user.email=x", "commit-tree", root, data="x")
        name = f"recipe/main/toy/6.6.{number}"
        header = f"object {commit}\ntype commit\ntag {name}\ntagger x <x> 1 +0000\n\nx\n"
        git("update-ref", f"refs/tags/{name}", git("mktag", data=header))
    hostile = [one for one in registry.list("recipe") if one.number.major == 6]
    assert len(hostile) == 5
    for one in hostile[:4]:
        with pytest.raises(RegistryError):
            materialise(registry, one, tmp_path / "cache")
    assert list((tmp_path / "cache").glob("*/*")) == []


def test_a_cache_that_cannot_be_written(registry: Registry, tmp_path: Path) -> None:
    version = publish(registry, write_recipe(tmp_path / "toy"))
    (tmp_path / "cache").write_text("")
    with pytest.raises(RegistryError) as caught:
        materialise(registry, version, tmp_path / "cache")
    assert caught.value.kind == "cache"
    assert caught.value.hint
