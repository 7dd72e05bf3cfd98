"""Events and channels under races, kills, clocks that lie, servers that part, rubbish."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from registry_race import race
from standing_race import promote_six, say_six
from standing_words import ADA, REF, TOY, git, go, kind, say, standing, toys

from cobrex_registry.exact import exact
from cobrex_registry.repository import Registry
from cobrex_registry.standing.channels import promotions, read_promotion, standing_on
from cobrex_registry.standing.status import Event, add, events_of, merge, status_ref
from cobrex_registry.store.refs import read


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys(tmp_path_factory.mktemp("standing"))


@pytest.fixture
def registry(template: Path, tmp_path: Path) -> Registry:
    return Registry.open(Path(shutil.copytree(template, tmp_path / "registry.git")))


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
from cobrex_registry.standing.channels import promote
from cobrex_registry.ident import Author
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.standing.status import Event, add
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
    time.sleep(2.1)  # the order is that of seconds, and each event is one after what it follows
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
