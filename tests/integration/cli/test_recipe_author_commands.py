"""recipe new, lint --fix, publish --bump, diff, copy: at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recipe_folder import write_recipe

from cobrex.cli import recipe, recipe_author
from cobrex_registry.errors import RegistryError

pytestmark = pytest.mark.usefixtures("cobrex_home")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and content that ships one recipe."""
    write_recipe(tmp_path / "content/recipes/toy")
    (tmp_path / "content/presets").mkdir()
    monkeypatch.setattr("cobrex.registry.home", lambda: tmp_path / "content")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_from_new_to_the_second_version(capsys: pytest.CaptureFixture[str]) -> None:
    recipe_author.new("mine", takes="TOY_RAW", makes="MINE")
    assert said(capsys) == (
        "mine: README.md, mine.py, recipe.yaml\n"
        "next: change it; try it: cobrex reduce --frame TOY_RAW --recipe ./mine\n"
        "then: cobrex recipe publish mine\n"
    )
    recipe_author.publish(Path("mine"), namespace="julia")
    file = Path("mine/recipe.yaml")
    file.write_text(file.read_text().replace('"0.1.0"  ', "0.1.0  ").replace("title", "titel"))
    said(capsys)
    recipe_author.lint(Path("mine"), fix=True)
    assert said(capsys).splitlines() == [
        "mended: recipe.yaml: line 4: titel is spelt title",
        'mended: recipe.yaml: version: "0.1.0" quoted',
        "mine: nothing is wrong",
    ]
    file.write_text(file.read_text().replace("frame_type: MINE", "frame_type: OURS"))
    recipe_author.diff("./mine", namespace="julia")
    shown = said(capsys)
    assert "  major  output product: frame type OURS instead of MINE" in shown
    assert "0.2.0 or higher after 0.1.0 says what changed; recipe publish --bump" in shown
    with pytest.raises(RegistryError) as caught:
        recipe_author.publish(Path("mine"), namespace="julia")
    assert "--bump" in caught.value.hint
    recipe_author.publish(Path("mine"), namespace="julia", bump=True)
    assert "julia/mine@0.2.0 is published" in said(capsys)
    recipe_author.diff("julia/mine@0.1.0", "julia/mine@0.2.0", as_json=True)
    found = json.loads(said(capsys))
    assert (found["bump"], found["wanted"], found["enough"]) == ("major", "0.2.0", True)


def test_at_least_so_much(capsys: pytest.CaptureFixture[str]) -> None:
    recipe_author.copy("toy", "mine")
    recipe_author.publish(Path("mine"))
    Path("mine/toy.py").write_text("print('else')\n")
    recipe_author.publish(Path("mine"), bump_to=recipe_author.Level.major)
    assert "main/mine@0.2.0 is published" in said(capsys)
    recipe.show("mine")
    assert "copied from main/toy@1.0.0" in said(capsys)


def test_what_files_hold_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    recipe_author.copy("toy@1.0.0", "julia/mine")
    assert "recipe publish mine --namespace julia" in said(capsys)
    recipe_author.publish(Path("mine"), namespace="julia")
    Path("mine/toy.py").write_text("\x1b]0;owned\x07\tprint(1)\n")
    said(capsys)
    recipe_author.diff("./mine", namespace="julia")
    shown = said(capsys)
    assert "\x1b" not in shown
    assert "+?]0;owned?\tprint(1)" in shown
    recipe_author.diff("julia/mine@0.1.0", "julia/mine@0.1.0")
    assert "nothing is different" in said(capsys)


@pytest.mark.parametrize("name", ["../mine", "/tmp/mine", "--x", "a/b/c", "X", "", "x y", "$(x)"])
def test_hostile_names(here: Path, name: str) -> None:
    before = sorted(here.parent.rglob("*"))
    with pytest.raises(RegistryError):
        recipe_author.new(name)
    with pytest.raises(RegistryError):
        recipe_author.copy("toy", name)
    assert [
        p for p in sorted(here.parent.rglob("*")) if p not in before and "home" not in str(p)
    ] == []
