"""Conda environments, built by the conda there is from a package made here."""

from __future__ import annotations

import importlib.util
import io
import json
import shutil
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest
from recipe_folder import manifest_text, write_recipe

from cobrex_registry.admission.lint import lint
from cobrex_registry.environments.conda_environment import TOOLS, check
from cobrex_registry.environments.environment import prepare, wrap
from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.manifest import Manifest, parse

CONDA = ("kind: host", "kind: conda, lock: conda.lock")
PLACEHOLDER = "/opt/placehold_placehold_placehold_placehold"
GOOD = "https://conda.example.org/main/linux-64/cfitsio-4.3.0-hbdc6101_0.conda#" + "0" * 32

tool = pytest.mark.skipif(
    not any(map(shutil.which, TOOLS)) and importlib.util.find_spec("rattler") is None,
    reason=f"none of {', '.join(TOOLS)} nor py-rattler is installed",
)


def package(folder: Path) -> str:
    """Make a package whose script holds the prefix it is installed to; return its lock's line."""
    script = f"#!/bin/sh\necho installed in {PLACEHOLDER}\n"
    index = {"name": "tinystar", "version": "1.0", "build": "0", "build_number": 0,
             "depends": [], "arch": None, "platform": None, "subdir": "noarch",
             "noarch": "generic"}  # fmt: skip
    entry = {"_path": "bin/tinystar", "path_type": "hardlink", "file_mode": "text",
             "prefix_placeholder": PLACEHOLDER, "size_in_bytes": len(script),
             "sha256": sha256(script.encode()).hexdigest()}  # fmt: skip
    files = {
        "info/index.json": json.dumps(index),
        "info/paths.json": json.dumps({"paths_version": 1, "paths": [entry]}),
        "info/files": "bin/tinystar\n",
        "info/has_prefix": f"{PLACEHOLDER} text bin/tinystar\n",
        "bin/tinystar": script,
    }
    path = folder / "noarch" / "tinystar-1.0-0.tar.bz2"
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:bz2") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text.encode()), 0o755 if name[:3] == "bin" else 0o644
            archive.addfile(member, io.BytesIO(text.encode()))
    return f"file://{path}#sha256:{sha256(path.read_bytes()).hexdigest()}"


def recipe(folder: Path, lock: str) -> tuple[Manifest, Path]:
    write_recipe(folder, CONDA)
    (folder / "conda.lock").write_text(lock)
    return parse(manifest_text(CONDA), "recipe.yaml"), folder


@tool
def test_built_used_and_sealed(tmp_path: Path) -> None:
    line = package(tmp_path / "channel")
    manifest, folder = recipe(tmp_path / "toy", f"# made by hand\n@EXPLICIT\n{line}\n")
    places = tmp_path / "environments"
    built = prepare(manifest, folder, places)
    shutil.rmtree(tmp_path / "channel")
    assert prepare(manifest, folder, places) == built
    assert built.path is not None
    argv, environ = wrap(built, ["tinystar"])
    assert environ["CONDA_PREFIX"] == str(built.path)
    said = subprocess.run(argv, env=environ, capture_output=True, text=True, check=True).stdout
    prefix = Path(said.removeprefix("installed in ").strip())
    assert prefix == built.path.resolve()
    assert {p.name for p in places.iterdir()} == {
        built.digest, f"{built.digest}.lock", prefix.name}  # fmt: skip
    assert not (prefix / "bin/tinystar").stat().st_mode & 0o222


@tool
def test_another_package_under_the_same_name_is_refused(tmp_path: Path) -> None:
    line = package(tmp_path / "channel")
    spoilt = line[:-64] + "0" * 64
    manifest, folder = recipe(tmp_path / "toy", f"@EXPLICIT\n{spoilt}\n")
    with pytest.raises(RegistryError, match="tinystar"):
        prepare(manifest, folder, tmp_path / "environments")
    assert [p.suffix for p in (tmp_path / "environments").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        GOOD.replace("#", "#sha256:").replace("0" * 32, "0" * 64),
        "file:///data/channel/noarch/a_b-1.0-py_0.tar.bz2#" + "a" * 64,
    ],
)
def test_good_lines_of_a_lock(line: str) -> None:
    assert check("conda.lock", f"# platform: linux-64\n@EXPLICIT\n\n{line}\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "numpy=1.26",
        GOOD.partition("#")[0],
        GOOD.replace("https", "ftp"),
        GOOD.replace("conda.example", "me:secret@conda.example"),
        "--override-channels",
        GOOD.replace("cfitsio", "$(id)"),
    ],
)
def test_bad_lines_of_a_lock_are_found_by_lint(tmp_path: Path, line: str) -> None:
    _, folder = recipe(tmp_path / "toy", f"@EXPLICIT\n{GOOD}\n{line}\n")
    (problem,) = lint(folder)
    assert (problem.file, problem.line) == ("conda.lock", 3)


def test_a_lock_that_is_none_is_found_by_lint(tmp_path: Path) -> None:
    _, folder = recipe(tmp_path / "toy", "numpy\n")
    assert "@EXPLICIT" in str(lint(folder)[0])
    (folder / "conda.lock").unlink()
    assert "not in the folder" in str(lint(folder)[0])
