"""Yank, deprecate, promote, roll back: events and channels in a real repository."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from recipe_folder import PRESET
from standing_words import ADA, REF, TOY, git, go, kind, say, standing, toys

from cobrex_registry.curation.declare import declare
from cobrex_registry.errors import RegistryError
from cobrex_registry.exact import exact
from cobrex_registry.presets.published import publish_preset
from cobrex_registry.repository import Registry
from cobrex_registry.standing.channels import promote, standing_on
from cobrex_registry.standing.status import events_of, standings, status_ref
from cobrex_registry.store.refs import read


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys(tmp_path_factory.mktemp("standing"))


@pytest.fixture
def registry(template: Path, tmp_path: Path) -> Registry:
    return Registry.open(Path(shutil.copytree(template, tmp_path / "registry.git")))


def test_yank_and_back_leave_every_event_and_the_version(registry: Registry) -> None:
    before = read(registry.git, "refs/tags/")
    assert say(registry, "yank", "toy@1.1.0", reason="wrong\n sign", replacement="toy@^2")[0]
    assert standing(registry, "1.1.0") == ("wrong sign", "")
    assert not say(registry, "yank", "toy@1.1.0", reason="wrong sign", replacement="toy@^2")[0]
    assert say(registry, "yank", "toy@1.1.0", reason="worse", replacement="toy@^2")[0]
    assert say(registry, "unyank", "toy@1.1.0")[0]
    assert standing(registry, "1.1.0") == ("", "")
    assert kind(say, registry, "unyank", "toy@1.1.0") == "status"
    ref = status_ref("recipe", TOY)
    with registry.git.objects() as objects:
        events = events_of(objects, read(registry.git, ref)[ref])
    assert [(e.action, e.reason) for e in events] == [
        ("yank", "wrong sign"), ("yank", "worse"), ("unyank", "")]  # fmt: skip
    assert {(e.by, e.at[:2]) for e in events} == {("ada", "20")}
    assert read(registry.git, "refs/tags/") == before
    git(registry, "fsck", "--strict", "--full")


def test_deprecation_of_one_version_and_of_all(registry: Registry) -> None:
    say(registry, "deprecate", "toy", reason="old")
    say(registry, "deprecate", "toy@1.0.0", reason="older", replacement="toy@2.0.0")
    assert standing(registry, "") == ("", "old")
    assert standing(registry, "1.0.0") == ("", "older")
    say(registry, "undeprecate", "toy")
    assert standing(registry, "") == ("", "")
    assert standing(registry, "1.0.0") == ("", "older")


def test_presets_are_yanked_too(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "careful.yaml").write_text(PRESET)
    publish_preset(registry, tmp_path / "careful.yaml")
    declare(registry, "yank", "toy--careful@1.0.0", kind="preset", reason="x", author=ADA, by="ada")
    assert standings(registry.git, "preset")["main/toy--careful"]["1.0.0"].yanked
    assert standings(registry.git, "recipe") == {}


@pytest.mark.parametrize(
    ("action", "text", "words", "expected"),
    [
        ("yank", "toy@1.0.0", {}, "status"),
        ("yank", "toy@1.0.0", {"reason": "  "}, "status"),
        ("yank", "toy", {"reason": "x"}, "status"),
        ("yank", "toy@^1", {"reason": "x"}, "status"),
        ("yank", "toy#production", {"reason": "x"}, "status"),
        ("yank", "toy@9.0.0", {"reason": "x"}, "unknown-version"),
        ("yank", "tyo@1.0.0", {"reason": "x"}, "unknown-recipe"),
        ("deprecate", "tyo", {"reason": "x"}, "unknown-recipe"),
        ("deprecate", "toy@^1", {"reason": "x"}, "status"),
        ("undeprecate", "toy", {}, "status"),
        ("yank", "toy@2.0.0", {"reason": "x", "replacement": "toy"}, "status"),
        ("yank", "toy@1.0.0", {"reason": "x", "replacement": "tyo"}, "status"),
        ("yank", "toy@1.0.0", {"reason": "x", "replacement": "--upload-pack=x"}, "status"),
        ("yank", "toy@1.0.0", {"reason": "x" * 1001}, "status"),
        ("yank", "toy@1.0.0", {"reason": "\x1b[31mred"}, "status"),
        ("yank", "--exec=x", {"reason": "x"}, "name"),
        ("yank", "../toy@1.0.0", {"reason": "x"}, "name"),
    ],
)
def test_refused_and_nothing_said(
    registry: Registry, action: str, text: str, words: dict[str, str], expected: str
) -> None:
    assert kind(say, registry, action, text, **words) == expected
    assert read(registry.git, "refs/status/") == {}


def test_a_yanked_version_behind_a_channel_is_told(registry: Registry) -> None:
    go(registry, "toy@1.1.0", "production")
    go(registry, "toy@1.1.0", "test")
    go(registry, "toy@2.0.0", "dev")
    assert say(registry, "yank", "toy@1.1.0", reason="x")[1] == ("production", "test")
    assert say(registry, "yank", "toy@1.0.0", reason="x")[1] == ()


def test_promotion_and_rollback(registry: Registry) -> None:
    assert go(registry, "toy@1.0.0", why="the\nfirst") == "1.0.0"
    first = standing_on(registry.git, "production", "recipe", TOY)
    assert first is not None
    assert first.why == "the first"
    assert go(registry, "toy") == "2.0.0"  # no pre-release
    tag = read(registry.git, REF)[REF]
    assert go(registry, "toy@2.0.0") == "2.0.0"
    assert read(registry.git, REF)[REF] == tag  # standing there already is a no-op
    assert go(registry, "toy@3.0.0-rc.1") == "3.0.0-rc.1"
    assert go(registry, "toy", rollback=True) == "2.0.0"
    assert go(registry, "toy", rollback=True) == "1.0.0"
    assert kind(go, registry, "toy", rollback=True) == "channel"
    now = standing_on(registry.git, "production", "recipe", TOY)
    assert now is not None
    assert [(s.version, s.rollback) for s in now.history] == [
        ("1.0.0", False), ("2.0.0", False), ("3.0.0-rc.1", False), ("2.0.0", True), ("1.0.0", True)
    ]  # fmt: skip
    assert [s.why for s in now.history] == ["the first", "", "", "", ""]
    assert now.target == exact(registry, "recipe", "toy@1.0.0").tag_sha
    assert git(registry, "rev-parse", f"{REF}^{{commit}}") == git(
        registry, "rev-parse", "refs/tags/recipe/main/toy/1.0.0^{commit}"
    )
    git(registry, "fsck", "--strict", "--full")


def test_what_is_not_promoted(registry: Registry) -> None:
    say(registry, "yank", "toy@1.1.0", reason="wrong sign", replacement="toy@2.0.0")
    assert kind(go, registry, "toy@1.1.0") == "yanked"
    assert kind(go, registry, "toy@^3") == "unknown-version"
    assert kind(go, registry, "toy@9.0.0") == "unknown-version"
    assert kind(go, registry, "tyo") == "unknown-recipe"
    assert kind(go, registry, "toy", rollback=True) == "channel"
    assert kind(go, registry, "tyo", rollback=True) == "unknown-recipe"
    assert kind(go, registry, "toy@1.0.0", "../../tags/x") == "channel"
    assert kind(go, registry, "toy@1.0.0", why="x" * 1001) == "channel"
    assert read(registry.git, "refs/channels/") == {}

    def demand(version: object) -> None:
        raise RegistryError("no attestation", kind="attest")

    assert kind(go, registry, "toy@1.0.0", demand=demand) == "attest"
    assert read(registry.git, "refs/channels/") == {}


def test_roles_say_who_may(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    (registry.path / "roles.toml").write_text(
        '[namespaces]\nmain = ["ada", "bob"]\n[channels]\nproduction = ["grace"]\n'
    )
    assert go(registry, "toy@1.0.0", "test") == "1.0.0"
    assert kind(go, registry, "toy@1.0.0", "production") == "role"
    monkeypatch.setenv("COBREX_PUSHER", "eve")
    assert kind(say, registry, "yank", "toy@1.0.0", reason="x") == "role"
    assert read(registry.git, "refs/status/") == {}
    monkeypatch.setenv("COBREX_PUSHER", "bob")
    assert say(registry, "yank", "toy@1.0.0", reason="x")[0]


def test_a_rollback_to_a_yanked_version_is_refused(registry: Registry) -> None:
    go(registry, "toy@1.0.0")
    go(registry, "toy@1.1.0")
    say(registry, "yank", "toy@1.0.0", reason="x")
    assert kind(go, registry, "toy", rollback=True) == "yanked"
    assert kind(go, registry, "toy@1.0.0", rollback=True) == "channel"


def test_the_history_keeps_its_length_when_it_is_cut(registry: Registry) -> None:
    versions = registry.versions("recipe", "toy")[:2]
    for number in range(53):
        promote(registry.git, versions[number % 2], "dev", who="ada", author=ADA)
    now = standing_on(registry.git, "dev", "recipe", TOY)
    assert now is not None
    assert (now.length, len(now.history), now.before) == (53, 50, "1.1.0")


def test_a_promotion_decided_on_what_is_no_longer_so_is_refused(registry: Registry) -> None:
    one, two = registry.versions("recipe", "toy")[:2]
    first = promote(registry.git, one, "production", who="ada", author=ADA)
    named = {"who": "bob", "author": ADA}
    assert kind(promote, registry.git, two, "production", follows="", **named) == "channel-moved"
    made = promote(registry.git, two, "production", follows=first.tag_sha, **named)
    assert made.length == 2
