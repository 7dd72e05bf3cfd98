"""Presets: published on their own, checked against their recipe."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from recipe_folder import PRESET, numbered, write_recipe

from cobrex_registry.documents.published import publish_document
from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.presets.published import find_preset, presets_for, publish_preset
from cobrex_registry.publication import publish, publish_files
from cobrex_registry.recipe.parameters import resolve
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.store.tree_files import PLAIN, TreeFile


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry.open(tmp_path / "registry.git")
    publish(registry, write_recipe(tmp_path / "toy"))
    return registry


def preset(folder: Path, *changes: tuple[str, str]) -> Path:
    text = PRESET
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "preset.yaml"
    path.write_text(text)
    return path


def test_a_preset_lies_below_the_parameters_set_by_hand(registry: Registry, tmp_path: Path) -> None:
    version = publish_preset(registry, preset(tmp_path))
    assert version.ref == "refs/tags/preset/main/toy--careful/1.0.0"
    recipe = registry.resolve("recipe", "toy")
    found = find_preset(registry, recipe, "careful")
    values = resolve(registry.manifest(recipe), found.parameters, text={"method": "mean"})
    assert (values["sigma"], values["method"], values["iterations"]) == (4.0, "mean", 3)
    assert found.title == "Takes its time"


def test_a_file_that_would_be_waited_for_is_refused(registry: Registry, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "preset.yaml")
    with pytest.raises(RegistryError, match="it is no plain file"):
        publish_preset(registry, tmp_path / "preset.yaml")
    os.mkfifo(tmp_path / "workflow.yaml")
    with pytest.raises(RegistryError, match="it is no plain file"):
        publish_document(registry, "workflow", tmp_path / "workflow.yaml")


def test_saving_a_preset_leaves_the_recipe_as_it_is(registry: Registry, tmp_path: Path) -> None:
    before = registry.list("recipe")
    publish_preset(registry, preset(tmp_path))
    assert registry.list("recipe") == before


def test_the_newest_that_is_for_the_version_is_taken(registry: Registry, tmp_path: Path) -> None:
    publish(registry, numbered(tmp_path / "toy", "2.0.0"))
    publish_preset(registry, preset(tmp_path))
    publish_preset(registry, preset(tmp_path, ('"1.0.0"', '"1.10.0"'), ("sigma: 4", "sigma: 5")))
    publish_preset(registry, preset(tmp_path, ('"1.0.0"', '"1.9.0"'), ("sigma: 4", "sigma: 6")))
    publish_preset(registry, preset(tmp_path, ('"1.0.0"', '"2.0.0"'), ("toy@^1", "toy@^2")))
    publish_preset(registry, preset(tmp_path, ('"1.0.0"', '"3.0.0-rc.1"'), ("toy@^1", "toy")))
    one, two = (registry.resolve("recipe", spec) for spec in ("toy@^1", "toy@^2"))
    assert presets_for(registry, one)["careful"].version == "1.10.0"
    assert presets_for(registry, two)["careful"].version == "2.0.0"


def test_ones_own_wins_and_others_say_whose_they_are(registry: Registry, tmp_path: Path) -> None:
    publish(registry, write_recipe(tmp_path / "mine"), namespace="julia")
    for namespace, recipe in (("main", "toy"), ("zoe", "toy"), ("julia", "julia/toy")):
        publish_preset(registry, preset(tmp_path, ("toy@^1", recipe)), namespace=namespace)
    ours = registry.resolve("recipe", "toy")
    assert set(presets_for(registry, ours)) == {"careful", "zoe/careful"}
    assert set(presets_for(registry, registry.resolve("recipe", "julia/toy"))) == {"careful"}


def test_a_preset_for_another_recipe(registry: Registry, tmp_path: Path) -> None:
    publish(registry, write_recipe(tmp_path / "other", ("name: toy", "name: other")))
    publish_preset(registry, preset(tmp_path, ("toy@^1", "other")))
    with pytest.raises(RegistryError) as caught:
        find_preset(registry, registry.resolve("recipe", "toy"), "careful")
    assert caught.value.kind == "preset"
    assert "is for other, not for main/toy@1.0.0" in caught.value.message
    publish_preset(registry, preset(tmp_path))
    with pytest.raises(RegistryError) as caught:
        find_preset(registry, registry.resolve("recipe", "toy"), "carful")
    assert caught.value.hint == "did you mean careful?"


@pytest.mark.parametrize(
    ("old", "new", "message", "kind"),
    [
        ("sigma: 4", "sigma: 400", "sigma: 400 is not a number from 3.0 to 50.0", "preset"),
        ("sigma: 4", "sgima: 4", "has no parameter 'sgima'", "preset"),
        ("sigma: 4", 'sigma: "4"', "is not a number", "preset"),
        ("for: toy@^1", "for: tyo", "no recipe 'tyo'", "unknown-recipe"),
        ("for: toy@^1", "for: toy@^7", "no version of recipe toy is ^7", "unknown-version"),
        ("for: toy@^1", "for: ../toy", "preset.yaml:4: for: '../toy'", "preset"),
        ("title:", "titel:", "preset.yaml:5: unknown key 'titel'", "preset"),
        ("name: careful", "name: a--b", "preset.yaml:2: name: 'a--b'", "preset"),
        ("{sigma: 4, method: median}", "[sigma]", "must be a mapping", "preset"),
        ("{sigma: 4, method: median}", "{sigma: 4, sigma: 5}", "duplicate key", "yaml"),
        ("title:", "qc: [{name: QC NONE, range: [0, 1]}]\ntitle:", "no metric 'QC NONE'", "preset"),
    ],
)
def test_bad_presets_are_refused(
    registry: Registry, tmp_path: Path, old: str, new: str, message: str, kind: str
) -> None:
    with pytest.raises(RegistryError) as caught:
        publish_preset(registry, preset(tmp_path, (old, new)))
    assert message in caught.value.message
    assert caught.value.kind == kind
    assert registry.list("preset") == ()


def test_a_published_preset_never_changes(registry: Registry, tmp_path: Path) -> None:
    once = publish_preset(registry, preset(tmp_path))
    assert publish_preset(registry, preset(tmp_path)) == once
    with pytest.raises(RegistryError) as caught:
        publish_preset(registry, preset(tmp_path, ("sigma: 4", "sigma: 5")))
    assert caught.value.kind == "version-taken"


def test_a_published_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    registry = Registry.open(tmp_path / "registry.git")
    version = publish_files(
        registry, "preset", Spec("main", "toy--odd"), version="1.0.0",
        files=[TreeFile("preset.yaml", PLAIN, b"name: \xff\n")], author=Author(),
    )  # fmt: skip
    with pytest.raises(RegistryError, match="not UTF-8 at byte 6"):
        registry.text(version, "preset.yaml")
