"""Environments: digests, building with uv, wrapping."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from recipe_folder import manifest_text, write_recipe

from cobrex_registry.environments import environment
from cobrex_registry.environments.environment import Environment, digest, prepare, wrap
from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.manifest import Manifest, parse

PYTHON = ("kind: host", "kind: python, lock: requirements.lock")


def host(*probes: str) -> Manifest:
    lines = "".join(f'\n    - "{probe}"' for probe in probes)
    change = (
        f"environment:\n  kind: host\n  probe:{lines}" if probes else "environment: {kind: host}"
    )
    return parse(manifest_text(("environment: {kind: host}", change)), "recipe.yaml")


@pytest.fixture(autouse=True)
def _forget_probes() -> None:
    environment._probe.cache_clear()


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A tiny package in a local index; its line in a lock."""
    path = tmp_path / "wheels" / "tinystar-1.0-py3-none-any.whl"
    path.parent.mkdir()
    info = "tinystar-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tinystar.py", "parallax = 51.44\n")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinystar\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\n"
                         "Root-Is-Purelib: true\nTag: py3-none-any\n")  # fmt: skip
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\ntinystar = this:s\n")
        archive.writestr(f"{info}/RECORD", "")
    for name, value in (("UV_FIND_LINKS", path.parent), ("UV_NO_INDEX", 1), ("UV_OFFLINE", 1),
                        ("UV_CACHE_DIR", tmp_path / "uv")):  # fmt: skip
        monkeypatch.setenv(name, str(value))
    return f"tinystar==1.0 --hash=sha256:{sha256(path.read_bytes()).hexdigest()}\n"


def recipe(folder: Path, lock: str) -> tuple[Manifest, Path]:
    write_recipe(folder, PYTHON)
    (folder / "requirements.lock").write_text(lock)
    return parse(manifest_text(PYTHON), "recipe.yaml"), folder


def test_a_host_is_what_its_probes_say(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.write_text("1")
    manifest = host(f"cat {state}")
    before = digest(manifest, tmp_path)
    assert len(before) == 43
    assert digest(manifest, tmp_path) == before
    state.write_text("2")
    environment._probe.cache_clear()
    assert digest(manifest, tmp_path) != before
    assert digest(host(), tmp_path) != before
    assert prepare(host(), tmp_path, tmp_path) == Environment("host", digest(host(), tmp_path))


def test_a_probe_asks_the_python_that_runs_the_recipe(tmp_path: Path) -> None:
    manifest = host(
        "python -c 'import sys; assert sys.executable == sys.argv[1]' " + sys.executable
    )
    assert digest(manifest, tmp_path)


@pytest.mark.parametrize(
    "probe", ["no-such-program-here --version", "false", "cat '$(id)'", "cat a; touch hacked"]
)
def test_a_probe_that_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegistryError) as caught:
        digest(host(probe), tmp_path)
    assert caught.value.kind == "environment"
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_what_a_probe_writes_is_not_left_with_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As esorex writes esorex.log wherever it is asked for its version."""
    monkeypatch.chdir(tmp_path)
    assert digest(host("touch esorex.log"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_image_is_its_digest(tmp_path: Path) -> None:
    def of(image: str) -> str:
        change = ("kind: host", f"kind: container, image: {image}")
        return digest(parse(manifest_text(change), "recipe.yaml"), tmp_path)

    one, other = "@sha256:" + "0" * 64, "@sha256:" + "1" * 64
    assert of(f"x{one}") == of(f"y.org/x:2{one}") != of(f"x{other}")


def test_wrapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "COBREX_DATABASE_URL", "GIT_DIR", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "secret")
    argv, environ = wrap(Environment("host", "x"), ["python", "toy.py", "$(id) *"])
    assert argv == [sys.executable, "toy.py", "$(id) *"]
    assert "secret" not in environ.values()
    assert environ["PYTHONNOUSERSITE"] == environ["PYTHONDONTWRITEBYTECODE"] == "1"
    argv, environ = wrap(Environment("python", "x", tmp_path), ["esorex", "python"])
    assert argv == ["esorex", "python"]
    assert environ["PATH"].split(os.pathsep)[0] == str(tmp_path / "bin")


def test_built_once_and_used_offline(
    tmp_path: Path, wheel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, folder = recipe(tmp_path / "toy", wheel)
    places = tmp_path / "environments"
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: prepare(manifest, folder, places), range(4)))
    (built,) = made
    assert built == Environment("python", digest(manifest, folder), places / built.digest)
    assert {p.name for p in places.iterdir()} == {built.digest, f"{built.digest}.lock"}
    shutil.rmtree(tmp_path / "wheels")
    monkeypatch.setenv("PATH", os.devnull)
    assert prepare(manifest, folder, places) == built
    argv, environ = wrap(built, ["python", "-c", "import tinystar; print(tinystar.parallax)"])
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "51.44\n"
    script = built.path / "bin" / "tinystar" if built.path else Path()
    assert f".{built.digest}." not in script.read_text()


def test_the_lock_decides_the_digest(tmp_path: Path) -> None:
    one = digest(*recipe(tmp_path / "toy", "a==1 --hash=sha256:" + "0" * 64))
    other = digest(*recipe(tmp_path / "toy", "a==2 --hash=sha256:" + "0" * 64))
    assert one != other
    (tmp_path / "toy" / "requirements.lock").unlink()
    with pytest.raises(RegistryError, match=r"requirements\.lock is missing"):
        digest(parse(manifest_text(PYTHON), "x"), tmp_path / "toy")


@pytest.mark.parametrize("spoil", ["hash", "name"])
def test_a_build_that_fails_leaves_nothing(tmp_path: Path, wheel: str, spoil: str) -> None:
    lock = (
        wheel.split(":")[0] + ":" + "0" * 64 if spoil == "hash" else wheel.replace("tiny", "huge")
    )
    manifest, folder = recipe(tmp_path / "toy", lock)
    with pytest.raises(RegistryError) as caught:
        prepare(manifest, folder, tmp_path / "environments")
    assert caught.value.kind == "environment"
    assert "star" in caught.value.message
    assert [p.suffix for p in (tmp_path / "environments").iterdir()] == [".lock"]
    assert prepare(*recipe(folder, wheel), tmp_path / "environments").path is not None


def test_what_a_killed_build_left_is_cleared(tmp_path: Path, wheel: str) -> None:
    manifest, folder = recipe(tmp_path / "toy", wheel)
    places = tmp_path / "environments"
    rest = places / f".{digest(manifest, folder)}.dead"
    rest.mkdir(parents=True)
    assert prepare(manifest, folder, places).path is not None
    assert not rest.exists()


@pytest.mark.slow
def test_from_the_package_index(tmp_path: Path) -> None:
    digest_of_six = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"
    lock = f"six==1.17.0 --hash=sha256:{digest_of_six}\n"
    try:
        built = prepare(*recipe(tmp_path / "toy", lock), tmp_path / "environments")
    except RegistryError as error:
        if "Failed to fetch" not in error.message:
            raise
        pytest.skip(f"no package index: {error.message}")
    argv, environ = wrap(built, ["python", "-c", "import six; print(six.__version__)"])
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "1.17.0\n"
