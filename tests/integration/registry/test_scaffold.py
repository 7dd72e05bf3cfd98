"""recipe new: folders that are complete, and nothing anywhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from cobrex_registry.admission.lint import lint
from cobrex_registry.authoring.scaffold import TEMPLATES, create
from cobrex_registry.errors import RegistryError
from cobrex_registry.publication import publish
from cobrex_registry.recipe.manifest import parse
from cobrex_registry.repository import Registry

HOSTILE = ["../x", "/x", "x/y", "", "-x", "--help", "X", "x y", "x\n", "$(touch x)", "x;y",
           "x" * 61, ".git", "é", "x: y", "@in@"]  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", ["my_dark", "my-dark", "true", "numpy", "x", "x" * 60])
def test_each_template_lints_and_publishes(tmp_path: Path, template: str, name: str) -> None:
    folder = tmp_path / "recipe"
    create(folder, name, template=template, instrument="SPHERE/IFS", takes="A_RAW", makes="A")
    assert lint(folder) == []
    manifest = parse((folder / "recipe.yaml").read_text(), "recipe.yaml")
    assert (manifest.name, manifest.version) == (name, "0.1.0")
    assert manifest.main_input.frame_types == ("A_RAW",)
    assert manifest.main_output.frame_type == "A"
    assert "@" not in "".join(p.read_text().replace('"$@"', "") for p in folder.iterdir())
    if name == "my_dark":
        assert publish(Registry.open(tmp_path / "r.git"), folder).version == "0.1.0"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_write_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(RegistryError):
        create(tmp_path / "there", name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["raw", "A B", "A\nB", "../A", '"', "A" * 81, "1A"])
def test_hostile_frame_types_and_instruments(tmp_path: Path, value: str) -> None:
    for words in ({"takes": value}, {"makes": value}, {"instrument": f"{value}: {{x"}):
        with pytest.raises(RegistryError):
            create(tmp_path / "there", "toy", **words)
    with pytest.raises(RegistryError, match="template"):
        create(tmp_path / "there", "toy", template="../python")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to("nowhere")
    before = sorted(tmp_path.rglob("*"))
    for name in ("full", "file", "dangling", "file/below"):
        with pytest.raises(RegistryError) as caught:
            create(tmp_path / name, "toy")
        assert caught.value.kind == "folder"
    assert sorted(tmp_path.rglob("*")) == before


def test_empty_new_and_linked_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "target").mkdir()
    for name in ("empty", "link", "deep/er"):
        create(tmp_path / name, "toy")
        assert lint(tmp_path / name) == []
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    create(Path(), "toy")
    assert sorted(p.name for p in Path().iterdir()) == ["README.md", "recipe.yaml", "toy.py"]
    assert list(tmp_path.rglob(".*")) == []


def sof(tmp_path: Path) -> Path:
    lines = []
    for n in range(4):
        path = tmp_path / f"raw{n}.fits"
        fits.PrimaryHDU(np.full((2, 3, 4), n, np.float32)).writeto(path)
        path.chmod(0o444)
        lines.append(f"{path} TOY_RAW\n")
    (tmp_path / "toy.sof").write_text("".join([*lines, f"{path} OTHER\n"]))
    return tmp_path / "toy.sof"


def call(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    return subprocess.run(list(map(str, words)), cwd=folder, capture_output=True, text=True,
                          check=False)  # fmt: skip


def test_the_python_one_by_hand(tmp_path: Path) -> None:
    create(tmp_path / "toy", "toy")
    code, frames = tmp_path / "toy/toy.py", sof(tmp_path)
    for method, value in (("mean", 1.5), ("median", 1.5)):
        options = ("--clip_sigma=100.0", f"--method={method}")
        done = call(tmp_path / method, sys.executable, code, frames, *options)
        assert done.returncode == 0, done.stderr
        with fits.open(tmp_path / method / "toy.fits") as hdus:
            assert hdus[0].data.shape == (3, 4)
            assert hdus[0].data == pytest.approx(value)
            assert hdus[0].header["ESO QC NFRAMES"] == 4


def test_the_command_by_hand(tmp_path: Path) -> None:
    create(tmp_path / "toy", "toy", template="command")
    script, frames = tmp_path / "toy/toy.sh", sof(tmp_path)
    assert call(tmp_path / "a", script, frames, "--which=3").returncode == 0
    assert fits.getdata(tmp_path / "a/toy.fits").mean() == 2
    assert (tmp_path / "a/qc.json").read_text() == '{"QC NFRAMES": 4}\n'
    done = call(tmp_path / "b", script, frames, "--which=5")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "there is no frame 5 among 4"
    assert call(tmp_path / "c", script, frames, "--what=5").returncode == 2
