"""Resolution: channels, yanked and deprecated versions, near misses."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_folder import numbered

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.standing.channels import promote
from cobrex_registry.standing.status import Event, add

ADA = Author("Ada", "ada@example.org")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry.open(tmp_path / "registry.git")
    for version in ("1.0.0", "1.2.0", "1.3.0", "2.0.0-rc.1"):
        publish(registry, numbered(tmp_path / "toy", version))
    return registry


def say(registry: Registry, action: str, version: str, reason: str = "", use: str = "") -> None:
    event = Event(action, version, reason, use, "ada")
    add(registry.git, "recipe", Spec("main", "toy"), event, ADA)


def put(registry: Registry, version: str, channel: str) -> None:
    promote(registry.git, registry.resolve("recipe", f"toy@{version}"), channel, who="ada",
            author=ADA)  # fmt: skip


def refused(registry: Registry, spec: str) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        registry.resolve("recipe", spec)
    return caught.value


def test_a_channel_is_a_version(registry: Registry) -> None:
    put(registry, "1.2.0", "production")
    assert registry.resolve("recipe", "toy#production").version == "1.2.0"
    assert registry.resolve("recipe", "main/toy#production").version == "1.2.0"
    put(registry, "2.0.0-rc.1", "production")
    assert registry.resolve("recipe", "toy#production").version == "2.0.0-rc.1"
    assert registry.warnings == []


def test_unknown_channels(registry: Registry) -> None:
    error = refused(registry, "toy#production")
    assert error.kind == "unknown-channel"
    assert "cobrex recipe promote toy@" in error.hint
    put(registry, "1.2.0", "production")
    assert refused(registry, "toy#prodution").hint == "did you mean production?"
    assert refused(registry, "toy#x").hint == "known: production"
    assert refused(registry, "nothing#production").kind == "unknown-recipe"


def test_yanked_versions_are_out_of_ranges(registry: Registry) -> None:
    say(registry, "yank", "1.3.0", "flips the field", "toy@1.2.0")
    for spec in ("toy", "toy@^1", "toy@1", "toy@>=1.2", "toy@*"):
        assert registry.resolve("recipe", spec).version == "1.2.0"
    assert registry.warnings == []
    for spec in ("toy@1.3.0", "toy@=1.3.0"):
        assert registry.resolve("recipe", spec).version == "1.3.0"
    assert registry.warnings == [
        "recipe toy 1.3.0 is yanked: flips the field; use toy@1.2.0 instead"
    ]
    say(registry, "unyank", "1.3.0")
    assert registry.resolve("recipe", "toy").version == "1.3.0"


def test_all_yanked(registry: Registry) -> None:
    for version in ("1.2.0", "1.3.0"):
        say(registry, "yank", version, "wrong")
    error = refused(registry, "toy@^1.2")
    assert error.kind == "yanked"
    assert "1.3.0: wrong" in error.message
    assert "toy@1.3.0" in error.hint


def test_a_channel_on_a_yanked_version_is_refused(registry: Registry) -> None:
    put(registry, "1.2.0", "production")
    say(registry, "yank", "1.2.0", "wrong")
    error = refused(registry, "toy#production")
    assert error.kind == "yanked"
    assert "promote another version" in error.hint


def test_deprecated_versions_resolve_with_a_warning(registry: Registry) -> None:
    say(registry, "deprecate", "", "see the new one", "newtoy")
    assert registry.resolve("recipe", "toy").version == "1.3.0"
    assert registry.resolve("recipe", "toy").version == "1.3.0"
    assert registry.warnings == [
        "recipe toy 1.3.0 is deprecated: see the new one; use newtoy instead"
    ]


def test_pre_releases_only_when_asked(registry: Registry) -> None:
    assert registry.resolve("recipe", "toy").version == "1.3.0"
    assert refused(registry, "toy@^2").kind == "unknown-version"
    assert registry.resolve("recipe", "toy@^2.0.0-rc.0").version == "2.0.0-rc.1"
    assert registry.resolve("recipe", "toy@2.0.0-rc.1").version == "2.0.0-rc.1"


def test_a_channel_whose_tag_is_no_promotion(registry: Registry) -> None:
    tag = registry.resolve("recipe", "toy@1.2.0").tag_sha
    registry.git.run("update-ref", "refs/channels/production/recipe/main/toy", tag)
    assert registry.resolve("recipe", "toy").version == "1.3.0"
    assert "fsck" in refused(registry, "toy#production").hint
