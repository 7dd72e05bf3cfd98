"""docs/recipe-author.md: what it shows can be published and reduces frames."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

PAGE = "docs/recipe-author.md"


@pytest.fixture
def folder(house, tmp_path: Path) -> Path:
    for name, text in house.blocks(PAGE).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def done(run) -> str:
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_the_example_is_published_with_its_preset(cobrex, folder):
    assert "nothing is wrong" in done(cobrex("recipe", "lint", "mean_dark"))
    assert "main/mean_dark@1.0.0 is published" in done(cobrex("recipe", "publish", "mean_dark"))
    done(cobrex("preset", "publish", "wide.yaml"))
    shown = done(cobrex("recipe", "show", "mean_dark"))
    assert "IFS_MASTER_DARK" in shown
    assert "clip_sigma=10.0" in shown
    with (folder / "mean_dark/mean_dark.py").open("a") as stream:
        stream.write("# changed\n")
    refused = cobrex("recipe", "publish", "mean_dark")
    assert refused.returncode == 3
    assert "never changes" in refused.stderr


@pytest.mark.slow
def test_the_example_reduces_frames(cobrex, house, folder):
    own = folder / "home/instruments"
    own.mkdir(parents=True)
    shutil.copy(house.root / "instruments/sphere.yaml", own)
    with (own / "sphere.yaml").open("a", encoding="utf-8") as stream:
        stream.write((folder / "association").read_text(encoding="utf-8"))
    done(cobrex("recipe", "publish", "mean_dark"))
    done(cobrex("simulate", "night", "night", "--stars", "1"))
    done(cobrex("import", "night"))
    said = done(cobrex("reduce", "--frame", "IFS_DARK_RAW"))
    assert "done mean_dark@1.0.0" in said
    assert "dark nframes 3" in said
    assert "IFS_MASTER_DARK" in done(cobrex("find", "--product"))
