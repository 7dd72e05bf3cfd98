"""Shipping: a fresh registry holds what ships."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from recipe_folder import PRESET, numbered, write_recipe

from cobrex_registry.errors import RegistryError
from cobrex_registry.presets.published import presets_for
from cobrex_registry.repository import Registry
from cobrex_registry.ship import ensure_shipped
from cobrex_registry.written import umask


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Content that ships: a recipe and a preset."""
    write_recipe(tmp_path / "recipes" / "toy")
    (tmp_path / "presets" / "toy").mkdir(parents=True)
    (tmp_path / "presets" / "toy" / "careful.yaml").write_text(PRESET)
    return tmp_path


def ship(home: Path) -> Registry:
    registry = Registry.open(home / "registry.git")
    registry.blocked.update(ensure_shipped(registry, home / "recipes", home / "presets"))
    return registry


def test_a_fresh_registry(home: Path) -> None:
    registry = ship(home)
    assert [str(one) for one in registry.list("recipe")] == ["main/toy@1.0.0"]
    assert set(presets_for(registry, registry.resolve("recipe", "toy"))) == {"careful"}


def test_nothing_changed_means_nothing_is_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(home)
    monkeypatch.setenv("PATH", "/nonexistent")  # git would not be found
    ship(home)
    (home / "recipes" / "toy" / "toy.py").touch()
    with pytest.raises(RegistryError, match="git is not installed"):
        ship(home).resolve("recipe", "toy")


def test_others_see_that_nothing_changed(home: Path) -> None:
    ship(home)
    (stamp,) = (home / "registry.git" / "shipped").iterdir()
    assert stat.S_IMODE(stamp.stat().st_mode) == 0o666 & ~umask()


def test_a_newer_version_comes_on_top(home: Path) -> None:
    ship(home)
    numbered(home / "recipes" / "toy", "1.1.0")
    assert [one.version for one in ship(home).versions("recipe", "toy")] == ["1.0.0", "1.1.0"]


def test_changed_files_without_a_new_version_block_that_recipe_alone(home: Path) -> None:
    write_recipe(home / "recipes" / "other", ("name: toy", "name: other"))
    ship(home)
    write_recipe(home / "recipes" / "toy", code="print('edited')\n")
    for _ in range(2):
        registry = ship(home)
        with pytest.raises(RegistryError) as caught:
            registry.resolve("recipe", "toy")
        assert caught.value.kind == "version-taken"
        assert "raise the version" in caught.value.hint
        assert registry.resolve("recipe", "other").version == "1.0.0"
    numbered(home / "recipes" / "toy", "1.0.1")
    assert ship(home).resolve("recipe", "toy").version == "1.0.1"


def test_a_broken_recipe_blocks_itself_alone(home: Path) -> None:
    write_recipe(home / "recipes" / "broken", ("title: A toy", "titel: x"))
    registry = ship(home)
    assert registry.resolve("recipe", "toy").version == "1.0.0"
    with pytest.raises(RegistryError, match="unknown key 'titel'"):
        registry.resolve("recipe", "broken")
