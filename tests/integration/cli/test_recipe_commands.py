"""The recipe and preset commands, on a registry of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recipe_folder import PRESET, numbered, write_recipe

from cobrex.cli import preset, recipe, recipe_author, recipe_list
from cobrex_registry.errors import RegistryError

pytestmark = pytest.mark.usefixtures("cobrex_home")


@pytest.fixture(autouse=True)
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Content that ships one recipe with a preset."""
    home = tmp_path / "content"
    write_recipe(home / "recipes" / "toy")
    (home / "presets" / "toy").mkdir(parents=True)
    (home / "presets" / "toy" / "careful.yaml").write_text(PRESET)
    monkeypatch.setattr("cobrex.registry.home", lambda: home)
    return home


def test_lint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe_author.lint(write_recipe(tmp_path / "good"))
    assert "nothing is wrong" in capsys.readouterr().out
    with pytest.raises(RegistryError) as caught:
        recipe_author.lint(write_recipe(tmp_path / "bad", ("title: A toy", "titel: A toy")))
    assert "recipe.yaml:4: unknown key 'titel'" in caught.value.message


def test_publish(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = numbered(tmp_path / "toy", "1.1.0")
    recipe_author.publish(folder)
    recipe_author.publish(folder)
    assert capsys.readouterr().out == (
        "main/toy@1.1.0 is published\nmain/toy@1.1.0 was published already\n"
    )


def test_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe_author.publish(numbered(tmp_path / "toy", "1.1.0"))
    recipe_author.publish(write_recipe(tmp_path / "mine"), namespace="julia")
    capsys.readouterr()
    recipe_list.list_recipes()
    table = capsys.readouterr().out
    assert "julia/toy" in table
    assert "TOY_CUBE" in table
    recipe_list.list_recipes(as_json=True, every=True)
    rows = json.loads(capsys.readouterr().out)
    assert [(row["recipe"], row["version"]) for row in rows] == [
        ("julia/toy", "1.0.0"), ("toy", "1.0.0"), ("toy", "1.1.0")]  # fmt: skip


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    recipe.show("toy")
    text = capsys.readouterr().out
    for part in ("toy 1.0.0: A toy", "TOY_DARK | TOY_BACKGROUND", "a number from 3.0 to 50.0",
                 "0 or more", "QC TOY MEAN", "0 to 10.5", "careful", "sigma=4 method=median",
                 "versions: 1.0.0"):  # fmt: skip
        assert part in text
    recipe.show("toy", as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown["parameters"][0]["default"] == 5.0
    assert shown["presets"][0]["name"] == "careful"
    with pytest.raises(RegistryError):
        recipe.show("tyo")


def test_presets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "quick.yaml").write_text(PRESET.replace("careful", "quick"))
    preset.publish(tmp_path / "quick.yaml")
    assert capsys.readouterr().out == "main/toy--quick@1.0.0 is published\n"
    preset.list_presets("toy", as_json=True)
    assert [row["preset"] for row in json.loads(capsys.readouterr().out)] == ["careful", "quick"]
    preset.show("toy", "careful", as_json=True)
    assert json.loads(capsys.readouterr().out)["resolved"]["sigma"] == 4.0
    preset.show("toy", "careful")
    assert "Takes its time" in capsys.readouterr().out


def test_nothing_is_written_into_what_ships(content: Path) -> None:
    before = sorted(path for path in content.rglob("*"))
    recipe_list.list_recipes()
    assert sorted(path for path in content.rglob("*")) == before
