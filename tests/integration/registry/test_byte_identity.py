"""A materialised version is the published bytes, whatever the user's git, shell and umask say."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from recipe_folder import write_recipe

from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.version import Version

SAY = """
import sys
from pathlib import Path
from cobrex_registry.materialise import materialise
from cobrex_registry.repository import Registry
registry = Registry.open(Path(sys.argv[1]))
print(materialise(registry, registry.resolve("recipe", "toy"), Path(sys.argv[2])))
"""
DATA = {
    "crlf.txt": b"one\r\ntwo\n",
    "ident.py": b"# $Id$ $Id: 0123 $\n",
    "latin1.txt": b"caf\xe9\n",
    "binary.bin": bytes(range(256)),
    "huge.ipynb": b"{}" * 9000,
    "no-newline": b"x",
    "empty": b"",
}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "registry.git")


@pytest.fixture
def version(registry: Registry, tmp_path: Path) -> Version:
    folder = write_recipe(tmp_path / "toy")
    for name, data in DATA.items():
        (folder / name).write_bytes(data)
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o700)
    return publish(registry, folder)


def configured(registry: Registry, tmp_path: Path, text: str) -> dict[str, str]:
    """A user whose own configuration says this."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text(text)
    return {"HOME": str(tmp_path / "home"), "GIT_CONFIG_GLOBAL": f"{tmp_path}/home/.gitconfig"}


def line_ends(registry: Registry, tmp_path: Path) -> dict[str, str]:
    return configured(registry, tmp_path, "[core]\nautocrlf = true\neol = crlf\nfileMode = false\n")


def attributes(registry: Registry, tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "attributes"
    path.write_text("* text eol=crlf ident filter=evil diff=evil working-tree-encoding=UTF-16\n")
    (registry.path / "info").mkdir(exist_ok=True)
    (registry.path / "info" / "attributes").write_text(path.read_text())
    run = f"touch {tmp_path}/ran"
    return configured(
        registry, tmp_path,
        f'[core]\nattributesFile = {path}\n[filter "evil"]\nsmudge = "{run}"\nclean = "{run}"\n'
        f'required = true\n[diff "evil"]\ntextconv = "{run}"\n',
    )  # fmt: skip


def replaced(registry: Registry, tmp_path: Path) -> dict[str, str]:
    """Replace refs and grafts in the registry itself."""
    git = ["git", f"--git-dir={registry.path}"]
    blob = subprocess.run([*git, "rev-parse", "refs/tags/recipe/main/toy/1.0.0:toy/toy.py"],
                          check=True, capture_output=True, text=True).stdout.strip()  # fmt: skip
    other = subprocess.run([*git, "hash-object", "-w", "--stdin"], input="evil\n", check=True,
                           capture_output=True, text=True).stdout.strip()  # fmt: skip
    subprocess.run([*git, "replace", blob, other], check=True)
    commit = registry.resolve("recipe", "toy").commit_sha
    (registry.path / "info").mkdir(exist_ok=True)
    (registry.path / "info" / "grafts").write_text(f"{commit}\n")
    return {}


def elsewhere(registry: Registry, tmp_path: Path) -> dict[str, str]:
    """Variables of git that point at other repositories, objects and programs."""
    other = tmp_path / "other.git"
    subprocess.run(["git", "init", "-q", "--bare", other], check=True)
    return {
        "GIT_DIR": str(other), "GIT_OBJECT_DIRECTORY": f"{other}/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{other}/objects", "GIT_NAMESPACE": "evil",
        "GIT_REPLACE_REF_BASE": "refs/tags/", "GIT_EXEC_PATH": "", "GIT_TRACE": "1",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.autocrlf", "GIT_CONFIG_VALUE_0": "true",
        "GIT_CONFIG_PARAMETERS": "'core.eol=crlf'", "GIT_EXTERNAL_DIFF": f"touch {tmp_path}/ran",
        "GIT_SHALLOW_FILE": f"{tmp_path}/shallow", "GIT_GRAFT_FILE": f"{tmp_path}/grafts",
        "PYTHONUTF8": "0", "LC_ALL": "C",
    }  # fmt: skip


def packed(registry: Registry, tmp_path: Path) -> dict[str, str]:
    """Garbage-collected from outside, with other compression, objects in packs."""
    git = ["git", f"--git-dir={registry.path}"]
    subprocess.run([*git, "-c", "core.compression=9", "gc", "-q", "--prune=now"], check=True)
    return {}


@pytest.mark.parametrize("whose", [line_ends, attributes, replaced, elsewhere, packed])
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_published_bytes(
    registry: Registry,
    version: Version,
    tmp_path: Path,
    whose: Callable[[Registry, Path], dict[str, str]],
    umask: int,
) -> None:
    extra = whose(registry, tmp_path)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **extra}
    argv = [sys.executable, "-c", SAY, str(registry.path), str(tmp_path / "cache")]
    said = subprocess.run(argv, env=env, umask=umask, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    place = Path(said.stdout.strip())
    assert place.name == version.tree_sha
    assert {name: (place / name).read_bytes() for name in DATA} == DATA
    assert (place / "toy.py").read_text() == "print('toy')\n"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()}
    assert modes.pop("run") == 0o555
    assert set(modes.values()) == {0o444}
    assert stat.S_IMODE(place.stat().st_mode) == 0o555
    assert not (tmp_path / "ran").exists()
