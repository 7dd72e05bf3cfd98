"""Slips of a newcomer at the command line: each told with what, where and the cure."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from recipe_folder import write_recipe

from cobrex.cli import main
from cobrex.cli.app import app

pytestmark = pytest.mark.usefixtures("cobrex_home")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to work in, and content that ships one recipe."""
    write_recipe(tmp_path / "content/recipes/toy")
    (tmp_path / "content/presets").mkdir()
    monkeypatch.setattr("cobrex.registry.home", lambda: tmp_path / "content")
    monkeypatch.chdir(tmp_path)


def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["cobrex", *words])
    code = main.run(app)
    captured = capsys.readouterr()
    return code, captured.err or captured.out


@pytest.mark.parametrize(
    ("words", "code", "what", "cure"),
    [
        ("recipe lint toy", 3, "toy: there is no such folder", "holds recipe.yaml"),
        ("recipe publish toy", 3, "toy: there is no such folder", "holds recipe.yaml"),
        (
            "recipe publish content/recipes/toy/recipe.yaml",
            3,
            "recipe.yaml: is a file, no folder",
            "name its folder: content/recipes/toy",
        ),
        ("recipe show ./toy", 3, "'./toy' is not the name", "that is a folder"),
        ("recipe show Toy@1.0.0", 3, "'Toy@1.0.0' is not the name", "write toy@1.0.0"),
        ("recipe show toy 1.0.0", 2, "1.0.0", "@: ifs_specpos@1.2.0"),
        ("preset show faint", 2, "preset", "cobrex preset show RECIPE PRESET"),
        ("preset save faint fields", 2, "fields", "cobrex preset save NAME"),
        ("recipe list toy", 2, "toy", "cobrex recipe list (--help"),
        ("find --star HD 39060", 2, "39060", "wants quotes"),
    ],
)
def test_one_error_and_its_cure(
    words: str,
    code: int,
    what: str,
    cure: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    left, text = told(monkeypatch, capsys, *words.split())
    error, hint = text.splitlines()
    assert left == code
    assert what in error
    assert cure in hint


def test_other_values_under_a_preset_s_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "wide.yaml"
    text = 'schema: preset/1\nname: wide\nversion: "1.0.0"\nfor: toy@^1\nparameters: {}\ntitle: '
    file.write_text(text + "one\n")
    assert told(monkeypatch, capsys, "preset", "publish", "wide.yaml")[0] == 0
    file.write_text(text + "two\n")
    code, said = told(monkeypatch, capsys, "preset", "publish", "wide.yaml")
    assert code == 3
    assert "raise the version" in said
    assert "--bump" not in said  # preset publish has no such option


def test_a_blank_before_a_channel(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = told(monkeypatch, capsys, "recipe", "show", "toy #production")
    assert code == 3
    assert text.endswith("hint: write toy#production\n")


def test_the_list_of_all_presets_is_narrow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "low.yaml").write_text(
        'schema: preset/1\nname: low\nversion: "1.0.0"\nfor: toy@^1\nparameters: {sigma: 3.5}\n'
    )
    assert told(monkeypatch, capsys, "preset", "publish", "low.yaml")[0] == 0
    assert "sigma=3.5" not in told(monkeypatch, capsys, "preset", "list")[1]
    assert "sigma=3.5" in told(monkeypatch, capsys, "preset", "list", "toy")[1]
    assert "sigma=3.5" in told(monkeypatch, capsys, "preset", "list", "--csv")[1]


def test_every_reason_of_a_channel_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_recipe(tmp_path / "second", ("1.0.0", "1.1.0"))
    assert told(monkeypatch, capsys, "recipe", "publish", "second")[0] == 0
    for version, reason in (("1.0.0", "the first"), ("1.1.0", "the second")):
        told(monkeypatch, capsys, "recipe", "promote", f"toy@{version}", "test", "--reason", reason)
    _, shown = told(monkeypatch, capsys, "recipe", "channels", "toy", "--history")
    assert "the first" in shown
    assert "the second" in shown
