"""Events and channels in a real repository: yank, promote, races, kills, servers that part."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recipe_folder import PRESET, numbered
from registry_race import race
from standing_race import promote_six, say_six

from cobrex_registry.channels import promote, promotions, read_promotion, standing_on
from cobrex_registry.declare import declare
from cobrex_registry.errors import RegistryError
from cobrex_registry.exact import exact
from cobrex_registry.ident import Author
from cobrex_registry.preset import publish_preset
from cobrex_registry.promotion import move
from cobrex_registry.publication import publish
from cobrex_registry.refs import read
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.status import Event, add, events_of, merge, standings, status_ref

ADA = Author("Ada", "ada@example.org")
TOY = Spec("main", "toy")
REF = "refs/channels/production/recipe/main/toy"
NUMBERS = ("1.0.0", "1.1.0", "2.0.0", "3.0.0-rc.1")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("standing")
    registry = Registry.open(folder / "registry.git")
    for number in NUMBERS:
        publish(registry, numbered(folder / number, number))
    return registry.path


@pytest.fixture
def registry(template: Path, tmp_path: Path) -> Registry:
    import shutil

    return Registry.open(Path(shutil.copytree(template, tmp_path / "registry.git")))


def git(registry: Registry, *words: str, data: str = "") -> str:
    environment = {**os.environ, "GIT_COMMITTER_DATE": "@1 +0000", "GIT_AUTHOR_DATE": "@1 +0000"}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "x", f"GIT_{who}_EMAIL": "x"}
    done = subprocess.run(
        ["git", f"--git-dir={registry.path}", *words],
        check=True, text=True, capture_output=True, input=data, env=environment,
    )  # fmt: skip
    return done.stdout.strip()


def say(registry: Registry, action: str, text: str, **words: str) -> tuple[bool, tuple[str, ...]]:
    done = declare(registry, action, text, author=ADA, by="ada", **words)
    return done.changed, done.channels


def go(registry: Registry, text: str, channel: str = "production", **words: object) -> str:
    return move(registry, text, channel, author=ADA, who="ada", **words).promotion.version  # type: ignore[arg-type]


def kind(action: object, *words: object, **named: object) -> str:
    with pytest.raises(RegistryError) as caught:
        action(*words, **named)  # type: ignore[operator]
    assert caught.value.message
    return caught.value.kind


def standing(registry: Registry, version: str) -> tuple[str, str]:
    held = standings(registry.git, "recipe", ["main/toy"])["main/toy"].get(version)
    if held is None:
        return "", ""
    return tuple(event.reason if event else "" for event in (held.yanked, held.deprecated))  # type: ignore[return-value]


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


def test_eight_at_once_add_events_and_none_is_lost(registry: Registry, tmp_path: Path) -> None:
    people = [tmp_path / f"p{number}" for number in range(8)]
    assert race(say_six, registry.path, people) == [6] * 8
    ref = status_ref("recipe", TOY)
    with registry.git.objects() as objects:
        events = events_of(objects, read(registry.git, ref)[ref])
    assert sorted(e.reason for e in events) == sorted(
        f"{one.name} {number}" for one in people for number in range(6)
    )
    git(registry, "fsck", "--strict", "--full")


def test_eight_at_once_promote_and_every_move_is_in_the_history(
    registry: Registry, tmp_path: Path
) -> None:
    people = [tmp_path / f"p{number}" for number in range(8)]
    made = {sha for one in race(promote_six, registry.path, people) for sha in one}
    now = standing_on(registry.git, "test", "recipe", TOY)
    assert now is not None
    # standing there already was a no-op: as many moves as there are promotions, one chain
    assert now.length == len(made)
    kept = {(s.who, s.version) for s in now.history}
    for sha in made:
        one = read_promotion(registry.git, sha)
        last = one.history[-1]
        assert now.length - one.length >= 50 or (last.who, last.version) in kept


TALK = """
import sys
from pathlib import Path
from cobrex_registry.channels import promote
from cobrex_registry.ident import Author
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.status import Event, add
registry = Registry.open(Path(sys.argv[1]))
one, two = registry.versions("recipe", "toy")[:2]
print("ready", flush=True)
for number in range(1000):
    add(registry.git, "recipe", Spec("main", "toy"), Event("deprecate", "1.0.0", str(number)),
        Author())
    print(number, flush=True)
    promote(registry.git, (one, two)[number % 2], "test", who="ada", author=Author(),
            why=str(number))
"""


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_instant_nothing_is_half_said(registry: Registry, seed: int) -> None:
    chance = random.Random(seed)
    talker = subprocess.Popen(
        [sys.executable, "-c", TALK, str(registry.path)],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    assert talker.stdout is not None
    assert talker.stdout.readline() == "ready\n"
    time.sleep(chance.uniform(0.0, 0.5))
    os.killpg(talker.pid, signal.SIGKILL)
    said = [int(line) for line in talker.stdout.read().split()]
    talker.wait()
    talker.stdout.close()
    ref = status_ref("recipe", TOY)
    head = read(registry.git, ref).get(ref)
    if head:
        with registry.git.objects() as objects:
            there = [int(e.reason) for e in events_of(objects, head)]
        assert there == list(range(len(there)))
        assert len(there) - len(said) in {0, 1}
    now = standing_on(registry.git, "test", "recipe", TOY)
    assert (now.length if now else 0) in {len(said) - 1, len(said), len(said) + 1} or not said
    # nobody has to remove a lock
    say(registry, "yank", "toy@1.0.0", reason="afterwards")
    go(registry, "toy@2.0.0", "test")
    git(registry, "fsck", "--strict", "--full")


def test_servers_that_part_agree_again_whoever_merges(registry: Registry) -> None:
    ref = status_ref("recipe", TOY)
    first = add(registry.git, "recipe", TOY, Event("deprecate", "1.0.0", "a"), ADA)
    ours = add(registry.git, "recipe", TOY, Event("yank", "1.0.0", "b"), ADA)
    git(registry, "update-ref", ref, first)
    time.sleep(1.1)  # the order is that of their seconds
    theirs = add(registry.git, "recipe", TOY, Event("unyank", "1.0.0"), ADA)
    joined = merge(registry.git, ours, theirs)
    assert joined == merge(registry.git, theirs, ours)
    assert merge(registry.git, joined, ours) == joined
    assert merge(registry.git, first, joined) == joined
    git(registry, "update-ref", ref, joined)
    assert standing(registry, "1.0.0") == ("", "a")
    add(registry.git, "recipe", TOY, Event("yank", "1.0.0", "c"), ADA)
    assert standing(registry, "1.0.0") == ("c", "a")


def test_what_is_no_event_does_not_count_and_can_be_told(registry: Registry) -> None:
    ref = status_ref("recipe", TOY)
    good = add(registry.git, "recipe", TOY, Event("yank", "1.0.0", "kept"), ADA)
    empty = git(registry, "mktree")
    bad = git(registry, "commit-tree", empty, "-p", good, "-m", "rubbish")
    git(registry, "update-ref", ref, bad)
    assert standing(registry, "1.0.0") == ("kept", "")
    damaged: list[str] = []
    with registry.git.objects() as objects:
        assert len(events_of(objects, bad, damaged)) == 1
        assert kind(events_of, objects, bad) == "status"
    assert damaged == [bad]
    say(registry, "unyank", "toy@1.0.0")
    assert standing(registry, "1.0.0") == ("", "")


def test_an_event_holds_after_those_before_it_whatever_the_clocks_say(registry: Registry) -> None:
    ref = status_ref("recipe", TOY)
    late = f"title\n\n{json.dumps({**EVENT, 'action': 'yank'})}"
    empty = git(registry, "mktree")
    git(registry, "update-ref", ref, _commit(registry, empty, late, "32503680000 +0000"))
    add(registry.git, "recipe", TOY, Event("unyank", "1.0.0"), ADA)
    assert standing(registry, "1.0.0") == ("", "")


EVENT = {"schema": "status/1", "version": "1.0.0", "reason": "x", "replacement": "", "by": "",
         "at": ""}  # fmt: skip


def _commit(registry: Registry, tree: str, message: str, when: str) -> str:
    text = f"tree {tree}\nauthor x <x> {when}\ncommitter x <x> {when}\n\n{message}\n"
    return git(registry, "hash-object", "-w", "-t", "commit", "--stdin", data=text)


def test_what_is_no_promotion_is_left_out_and_refused_when_it_is_moved(registry: Registry) -> None:
    go(registry, "toy@1.0.0", "test")
    version = exact(registry, "recipe", "toy@1.0.0")
    git(registry, "update-ref", REF, version.tag_sha)
    git(registry, "update-ref", "refs/channels/short", version.tag_sha)
    assert [one.channel for one in promotions(registry.git, "recipe")] == ["test"]
    assert kind(go, registry, "toy@1.0.0", "production") == "channel"
