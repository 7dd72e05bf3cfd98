"""Pins and suites in a real registry: what is held, what is missing, what may not be published."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from recipe_folder import PRESET, numbered

from cobrex_registry.curation.declare import declare
from cobrex_registry.curation.promotion import move
from cobrex_registry.errors import RegistryError
from cobrex_registry.exact import exact
from cobrex_registry.ident import Author
from cobrex_registry.locks import suite
from cobrex_registry.locks.lock import Lock
from cobrex_registry.locks.locked import locked_preset, locked_recipe, verify
from cobrex_registry.locks.pin import newest_of_all, pin
from cobrex_registry.locks.suite import as_lock, publish_suite
from cobrex_registry.presets.published import publish_preset
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.store.loose import write_objects
from cobrex_registry.store.objects import file_objects, moment, write_commit, write_tag
from cobrex_registry.store.refs import create, read
from cobrex_registry.store.tree_files import PLAIN, TreeFile

ADA = Author("Ada", "ada@example.org")


def preset_file(folder: Path, version: str, *, sigma: int = 4, wanted: str = "^1") -> Path:
    text = PRESET.replace('"1.0.0"', f'"{version}"').replace("sigma: 4", f"sigma: {sigma}")
    path = folder / f"careful-{version}.yaml"
    path.write_text(text.replace("toy@^1", f"toy@{wanted}"))
    return path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pins")
    registry = Registry.open(folder / "registry.git")
    for number in ("1.0.0", "1.1.0", "2.0.0-rc.1"):
        publish(registry, numbered(folder / number, number))
    publish_preset(registry, preset_file(folder, "1.0.0"))
    return folder


@pytest.fixture
def registry(template: Path, tmp_path: Path) -> Registry:
    return Registry.open(
        Path(shutil.copytree(template / "registry.git", tmp_path / "registry.git"))
    )


def held(registry: Registry, tmp_path: Path, *names: str) -> Lock:
    return pin(registry, [registry.resolve("recipe", one) for one in names], tmp_path / "cache")


def kind(action: object, *words: object, **named: object) -> str:
    with pytest.raises(RegistryError) as caught:
        action(*words, **named)  # type: ignore[operator]
    assert caught.value.message
    return caught.value.kind


def yank(registry: Registry, text: str, what: str = "recipe") -> None:
    declare(registry, "yank", text, kind=what, reason="wrong sign", author=ADA, by="ada")


def test_a_pin_holds_recipe_and_presets_exactly(registry: Registry, tmp_path: Path) -> None:
    lock = held(registry, tmp_path, "toy@1.0.0")
    version = exact(registry, "recipe", "toy@1.0.0")
    assert [(e.kind, e.short) for e in lock.entries] == [
        ("preset", "toy--careful@1.0.0"), ("recipe", "toy@1.0.0")]  # fmt: skip
    entry = lock.entries[1]
    assert (entry.tag, entry.tree) == (version.tag_sha, version.tree_sha)
    assert entry.environment == (("kind", "host"),)
    assert verify(registry, lock)[1] == version
    # whatever is published later
    publish(registry, numbered(tmp_path / "n", "1.2.0"))
    publish_preset(registry, preset_file(tmp_path, "1.1.0", sigma=9))
    assert locked_recipe(registry, lock, Spec.parse("toy@^1")) == version
    assert locked_preset(registry, lock, version, "careful").parameters["sigma"] == 4
    newer = held(registry, tmp_path, "toy")
    assert [e.version for e in newer.entries] == ["1.1.0", "1.2.0"]
    # the same versions, the same digest; other ones, another
    assert held(registry, tmp_path, "toy@1.2.0").digest == newer.digest != lock.digest


def test_presets_that_are_not_for_the_version_or_yanked_are_left_out(
    registry: Registry, tmp_path: Path
) -> None:
    publish_preset(registry, preset_file(tmp_path, "1.1.0", sigma=9, wanted="^1.1"))
    assert [e.short for e in held(registry, tmp_path, "toy@1.0.0").entries if e.kind == "preset"
            ] == ["toy--careful@1.0.0"]  # fmt: skip
    assert held(registry, tmp_path, "toy@1.1.0").entries[0].version == "1.1.0"
    yank(registry, "toy--careful@1.1.0", "preset")
    assert held(registry, tmp_path, "toy@1.1.0").entries[0].version == "1.0.0"
    yank(registry, "toy--careful@1.0.0", "preset")
    assert [e.kind for e in held(registry, tmp_path, "toy@1.1.0").entries] == ["recipe"]


def test_all_is_the_newest_release_of_each(registry: Registry, tmp_path: Path) -> None:
    publish(registry, numbered(tmp_path / "n", "1.0.0"), namespace="julia")
    yank(registry, "toy@1.1.0")
    assert [str(one) for one in newest_of_all(registry)] == ["julia/toy@1.0.0", "main/toy@1.0.0"]
    both = [exact(registry, "recipe", f"toy@{number}") for number in ("1.0.0", "1.1.0")]
    assert kind(pin, registry, both, tmp_path / "cache") == "lock"
    assert kind(pin, registry, [], tmp_path / "cache") == "lock"


def test_a_yanked_version_is_held_and_told(registry: Registry, tmp_path: Path) -> None:
    lock = held(registry, tmp_path, "toy@1.0.0")
    yank(registry, "toy@1.0.0")
    fresh = Registry.open(registry.path)
    assert locked_recipe(fresh, lock, Spec.parse("toy@^1")).version == "1.0.0"
    assert fresh.warnings == ["recipe toy 1.0.0 is yanked: wrong sign"]
    verify(fresh, lock)
    assert len(fresh.warnings) == 1


def test_what_the_lock_has_not_or_otherwise(registry: Registry, tmp_path: Path) -> None:
    lock = held(registry, tmp_path, "toy@2.0.0-rc.1")
    assert locked_recipe(registry, lock, Spec.parse("toy")).version == "2.0.0-rc.1"
    assert locked_recipe(registry, lock, Spec.parse("toy#production")).version == "2.0.0-rc.1"
    assert locked_recipe(registry, lock, Spec.parse("toy@2.0.0-rc.1")).version == "2.0.0-rc.1"
    assert kind(locked_recipe, registry, lock, Spec.parse("toy@1.1.0")) == "lock"
    assert kind(locked_recipe, registry, lock, Spec.parse("toy@^3")) == "lock"
    assert kind(locked_recipe, registry, lock, Spec.parse("julia/toy")) == "not-locked"
    version = locked_recipe(registry, lock, Spec.parse("toy"))
    assert kind(locked_preset, registry, lock, version, "careful") == "not-locked"
    old = held(registry, tmp_path, "toy@1.0.0")
    assert kind(locked_preset, registry, old, version, "careful") == "preset"
    first = locked_recipe(registry, old, Spec.parse("toy"))
    assert locked_preset(registry, old, first, "careful@^1").version == "1.0.0"
    assert kind(locked_preset, registry, old, first, "careful@1.1.0") == "lock"
    assert kind(locked_preset, registry, old, version, "../x") == "not-locked"


def test_another_registry_lacks_or_has_another(registry: Registry, tmp_path: Path) -> None:
    lock = held(registry, tmp_path, "toy@1.0.0")
    empty = Registry.open(tmp_path / "empty.git")
    with pytest.raises(RegistryError) as caught:
        verify(empty, lock)
    assert caught.value.message.count("is not published here") == 2
    assert "cobrex recipe sync" in caught.value.hint
    publish(empty, numbered(tmp_path / "same", "1.0.0"))
    verify(empty, Lock(lock.entries[1:]))  # the same files, whoever tagged them
    other = Registry.open(tmp_path / "other.git")
    publish(other, numbered(tmp_path / "made", "1.1.0"))
    (tmp_path / "made" / "toy.py").write_text("print('other')\n")
    text = (tmp_path / "made" / "recipe.yaml").read_text().replace('"1.1.0"', '"1.0.0"')
    (tmp_path / "made" / "recipe.yaml").write_text(text)
    publish(other, tmp_path / "made")
    with pytest.raises(RegistryError, match="other files"):
        verify(other, Lock(lock.entries[1:]))


def test_a_suite_is_published_and_used(registry: Registry, tmp_path: Path) -> None:
    lock = held(registry, tmp_path, "toy@1.0.0")
    made = publish_suite(registry, "pipeline@0.15.0", lock.entries, title="First", author=ADA)
    assert made.ref == "refs/tags/suite/main/pipeline/0.15.0"
    assert publish_suite(registry, "pipeline@0.15.0", lock.entries, title="First") == made
    assert as_lock(registry, made).digest == lock.digest
    assert as_lock(registry, made).suite == "main/pipeline@0.15.0"
    assert suite.read(registry, made).title == "First"
    move(registry, "pipeline@0.15.0", "production", kind="suite", author=ADA, who="ada")
    assert registry.resolve("suite", "pipeline#production") == made
    assert kind(publish_suite, registry, "pipeline@0.15.0", lock.entries, title="Other") == (
        "version-taken"
    )


def test_a_suite_stands_and_falls_with_its_members(registry: Registry, tmp_path: Path) -> None:
    publish_suite(registry, "pipeline@0.15.0", held(registry, tmp_path, "toy@1.0.0").entries)
    asked: list[str] = []

    def go() -> None:
        move(
            registry, "pipeline", "production", kind="suite", author=ADA, who="ada",
            demand=lambda version: asked.append(version.name),
        )  # fmt: skip

    yank(registry, "toy--careful@1.0.0", "preset")
    assert kind(go) == "yanked"
    assert read(registry.git, "refs/channels/") == {}
    declare(registry, "unyank", "toy--careful@1.0.0", kind="preset", author=ADA, by="ada")
    asked.clear()
    go()
    assert asked == ["pipeline", "toy--careful", "toy"]


def test_the_number_of_a_suite_is_checked(registry: Registry, tmp_path: Path) -> None:
    old = held(registry, tmp_path, "toy@1.0.0").entries
    new = held(registry, tmp_path, "toy@1.1.0").entries
    publish_suite(registry, "pipeline@1.0.0", old)
    assert kind(publish_suite, registry, "pipeline@1.0.1", new) == "bump-too-small"
    assert kind(publish_suite, registry, "pipeline@1.9.0", old[:1]) == "bump-too-small"
    publish_suite(registry, "pipeline@1.0.1", old, title="only the title")
    publish_suite(registry, "pipeline@1.1.0", new)
    publish_suite(registry, "pipeline@2.0.0", old[:1])
    assert [one.version for one in registry.versions("suite", "pipeline")] == [
        "1.0.0", "1.0.1", "1.1.0", "2.0.0"]  # fmt: skip


def test_what_is_no_suite(registry: Registry, tmp_path: Path) -> None:
    members = held(registry, tmp_path, "toy@1.0.0").entries
    assert kind(publish_suite, registry, "pipeline", members) == "suite"
    assert kind(publish_suite, registry, "pipeline@^1", members) == "suite"
    assert kind(publish_suite, registry, "../x@1.0.0", members) == "name"
    assert kind(publish_suite, registry, "pipeline@1.0.0", []) == "suite"
    assert kind(publish_suite, registry, "pipeline@1.0.0", members, title="\x1b[31m") == "suite"
    other = [replace(members[0], tree="0" * 40), *members[1:]]
    assert kind(publish_suite, registry, "pipeline@1.0.0", other) == "lock"
    missing = [replace(members[0], version="9.0.0"), *members[1:]]
    assert kind(publish_suite, registry, "pipeline@1.0.0", missing) == "lock"
    yank(registry, "toy@1.0.0")
    assert kind(publish_suite, registry, "pipeline@1.0.0", members) == "yanked"
    assert read(registry.git, "refs/tags/suite/") == {}


@pytest.mark.parametrize("text", ["", "x" * (5 << 20), "name: other", "\udcff"], ids=range(4))
def test_a_hostile_suite_in_the_registry_is_refused(registry: Registry, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    git, name = registry.git, "suite/main/pipeline/1.0.0"
    files = file_objects([TreeFile("suite.yaml", PLAIN, data)], "pipeline")
    tree = write_objects(git.path, files)[-1]
    commit = write_commit(git, tree, [], "x", author=ADA, when=moment())
    tag = write_tag(git, commit, "commit", name, "x", author=ADA, when=moment())
    create(git, f"refs/tags/{name}", tag)
    version = registry.resolve("suite", "pipeline")
    with pytest.raises(RegistryError):
        as_lock(registry, version)
