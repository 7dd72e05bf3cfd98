"""Peers that mean harm with what moves: status, channels, attestations; and bundles."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from bad_pushes import CHANNEL, EVENT, NOTES, STATUS, promotion
from push_bench import ADA, TOY, Bench

from cobrex_registry.repository import Registry
from cobrex_registry.servers.exchange import Outcome
from cobrex_registry.servers.peers import Peer
from cobrex_registry.servers.sync import sync
from cobrex_registry.standing import channels
from cobrex_registry.standing.channels import MOST
from cobrex_registry.store.objects import EMPTY_TREE


class _World:
    """A peer that shows what a test writes, and us."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder)
        self.ours = Registry.open(folder / "ours.git")
        self.first = self.bench.version()
        self.show(f"{TOY}1.0.0", self.first)

    def show(self, ref: str, sha: str) -> None:
        """Write a ref as no git would refuse to show it."""
        path = self.bench.mine.path / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{sha}\n")

    def sync(self) -> Outcome:
        return sync(self.ours, Peer("evil", str(self.bench.mine.path)))


@pytest.fixture
def world(tmp_path: Path) -> _World:
    return _World(tmp_path)


def test_a_peer_that_showed_odd_refs_and_was_mended_can_be_synced_with(world):
    """What is no good name is not noted down, where good ones would find no room below it."""
    odd = ("refs/channels/test", "refs/status/recipe/main", "refs/notes/attest/a/b")
    for ref in odd:
        world.show(ref, world.first)
    assert world.sync().refused.keys() == set(odd)
    for ref in odd:
        (world.bench.mine.path / ref).unlink()
    sha, _, ref = promotion(world.bench, "1.0.0", world.first).partition(":")
    world.show(ref, sha)
    event = world.bench.commit(EMPTY_TREE, message=EVENT)
    world.show(STATUS, event)
    done = world.sync()
    assert done.refused == {}
    assert sorted(done.joined) == [CHANNEL, STATUS]


def test_folders_of_notes_that_stand_in_each_other_are_no_work_without_end(world):
    bench = world.bench
    tree = bench.tree(("100644", "ab", bench.blob("{}\n")))
    for _ in range(19):
        tree = bench.tree(*[("40000", f"{one:02x}", tree) for one in range(256)])
    world.show(NOTES, bench.commit(tree))
    assert world.sync().joined == [NOTES]  # notes of what is not here harm nobody


@pytest.mark.parametrize("when", [1 << 40, int(time.time()) + 10_000_000], ids=["far", "near"])
def test_events_of_the_future_are_refused(when, world):
    """All that is said later comes after them: nobody could ever unyank."""
    world.show(STATUS, world.bench.commit(EMPTY_TREE, message=EVENT, when=when))
    assert STATUS in world.sync().refused


def test_events_whose_text_a_terminal_would_obey_are_refused(world):
    event = EVENT.replace('"bad"', json.dumps("\x1b]0;owned\x07"))
    world.show(STATUS, world.bench.commit(EMPTY_TREE, message=event))
    assert "terminal" in world.sync().refused[STATUS]


@pytest.mark.parametrize("length", [MOST + 1, int("9" * 4300)], ids=["one", "many"])
def test_a_promotion_that_counts_moves_nobody_made_is_refused(length, world):
    sha, _, ref = promotion(world.bench, "1.0.0", world.first, length).partition(":")
    world.show(ref, sha)
    assert ref in world.sync().refused
    version = world.ours.resolve("recipe", "toy@1.0.0")
    made = channels.promote(world.ours.git, version, "test", who="ada", author=ADA)
    assert made.length == 1


def test_after_the_last_move_that_counts_a_channel_still_moves(world):
    sha, _, ref = promotion(world.bench, "1.0.0", world.first, MOST).partition(":")
    world.show(ref, sha)
    world.show(f"{TOY}1.1.0", world.bench.version("1.1.0"))
    assert ref in world.sync().joined
    version = world.ours.resolve("recipe", "toy@1.1.0")
    assert channels.promote(world.ours.git, version, "test", who="a", author=ADA).length == MOST
    world.sync()
    assert world.ours.resolve("recipe", "toy#test").version == "1.1.0"


def test_a_bundle_with_a_commit_that_no_server_would_take_is_refused(world, tmp_path):
    """Git looks at what is fetched; into a bundle only newer ones look."""
    bench = world.bench
    who = f"{ADA.ident} 99999999999999999999 +0000"
    data = f"tree {bench.recipe()}\nauthor {who}\ncommitter {who}\n\nm\n"
    tag = bench.tag(bench.write("commit", data.encode()), f"{TOY}1.0.0")
    world.show(f"{TOY}1.0.0", tag)
    made = tmp_path / "made.bundle"
    subprocess.run(
        ["git", f"--git-dir={bench.mine.path}", "bundle", "create", str(made), f"{TOY}1.0.0"],
        check=True, capture_output=True,
    )  # fmt: skip
    done = sync(world.ours, Peer("bundle", str(made)))
    assert done.came == []
    assert f"{TOY}1.0.0" in done.refused
