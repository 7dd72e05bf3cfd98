"""sdist -> wheel -> clean environment: what ships is found there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from own_python import ROOT

pytestmark = pytest.mark.slow
WORKFLOW = "cobrex/workflow"


def call(*words: str | Path, cwd: Path, **environ: str) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env={**clean, **environ}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    if "Failed to fetch" in said or "dns error" in said:
        pytest.skip("no package index: the build needs hatchling")
    assert done.returncode == 0, said
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist, which is built from what git tracks."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    names = call("git", "ls-files", "-z", cwd=ROOT).split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    call(sys.executable, "-m", "uv", "build", "--quiet", "-o", folder / "dist", source, cwd=folder)
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    assert sdist.stat().st_size < 20e6
    (made,) = (folder / "dist").glob("*.whl")
    return made


def test_everything_that_is_content_is_in_the_wheel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"{p}/py.typed" for p in ("cobrex", "cobrex_registry", "cobrex_db")} <= names
    tracked = call("git", "ls-files", "-z", cwd=ROOT).split("\0")
    folders = ("rules", "profiles", "presets", "recipes", "instruments")
    content = {n for n in tracked if n.partition("/")[0] in {*folders, "Snakefile"}}
    content = {n for n in content if (ROOT / n).is_file()}
    assert {n for n in content if f"{WORKFLOW}/{n}" not in names} == set()
    packages = {n.partition("/")[2] for n in tracked if n.startswith(("src/", "registry/", "db/"))}
    kinds = (".py", ".csv", ".mako", ".template")
    missing = {n for n in packages if n.endswith(kinds) and n not in names}
    assert {
        n for n in missing if any((ROOT / f / n).is_file() for f in ("src", "registry", "db"))
    } == set()
    assert not [n for n in names if n.startswith("tests/")]


def test_the_installed_program_finds_what_ships(wheel, tmp_path):
    environment = tmp_path / "venv"
    uv = (sys.executable, "-m", "uv")
    call(*uv, "venv", "--quiet", "--python", sys.executable, environment, cwd=tmp_path)
    program = environment / "bin" / "python"
    call(*uv, "pip", "install", "--quiet", "--no-deps", "--python", program, wheel, cwd=tmp_path)
    # what it depends on comes from the environment of the tests, the project itself does not
    others = dependencies(tmp_path / "others")
    environ = {"PYTHONPATH": str(others), "COBREX_HOME": str(tmp_path / "home")}
    place = call(program, "-c", "import cobrex; print(cobrex.__file__)", cwd=tmp_path, **environ)
    assert place.startswith(str(environment))
    cobrex = environment / "bin" / "cobrex"
    listed = json.loads(call(cobrex, "recipe", "list", "--json", cwd=tmp_path, **environ))
    shipped = {p.parent.name for p in (ROOT / "recipes").glob("*/recipe.yaml")}
    assert {row["recipe"] for row in listed} == shipped
    presets = json.loads(call(cobrex, "preset", "list", "--json", cwd=tmp_path, **environ))
    assert {row["preset"] for row in presets} == {
        p.stem for p in (ROOT / "presets").glob("*/*.yaml")
    }
    frames = call(environment / "bin" / "cobrex", "find", cwd=tmp_path, **environ)
    assert "no frames" in frames
    assert "Usage" in call(environment / "bin" / "reduce", "--help", cwd=tmp_path, **environ)
    assert "Usage" in call(environment / "bin" / "recipe", "--help", cwd=tmp_path, **environ)


def dependencies(folder: Path) -> Path:
    """Return a folder of links to all installed packages but the project's own."""
    import sysconfig

    folder.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "cobrex" not in entry.name and entry.suffix != ".pth":
            (folder / entry.name).symlink_to(entry)
    return folder
