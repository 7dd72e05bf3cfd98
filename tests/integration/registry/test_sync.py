"""Servers that share recipes: what comes in, what differs, what is sent; nothing is overwritten."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from push_bench import ADA, TOY, Bench, keygen, signers
from recipe_folder import PRESET, numbered, write_recipe

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import caller
from cobrex_registry.presets.published import publish_preset
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.servers import bundle, conflicts
from cobrex_registry.servers.exchange import Chosen
from cobrex_registry.servers.peers import Peer
from cobrex_registry.servers.serve import serve_init
from cobrex_registry.servers.sync import sync
from cobrex_registry.standing import channels, status
from cobrex_registry.store.git import Git
from cobrex_registry.store.objects import EMPTY_TREE
from cobrex_registry.store.refs import create, read
from cobrex_registry.store.signing import Signing

SPEC = Spec.parse("toy")


@pytest.fixture
def alpha(tmp_path: Path) -> Registry:
    """A served registry with two versions, a preset, a channel and an event."""
    made = serve_init(tmp_path / "alpha.git", server="alpha")
    publish(made, numbered(tmp_path / "a1", "1.0.0"))
    second = publish(made, numbered(tmp_path / "a2", "1.1.0"))
    (tmp_path / "careful.yaml").write_text(PRESET)
    publish_preset(made, tmp_path / "careful.yaml")
    channels.promote(made.git, second, "production", who="ada", author=ADA)
    status.add(made.git, "recipe", SPEC, status.Event("deprecate", "1.0.0", "old"), ADA)
    return made


@pytest.fixture
def beta(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "beta.git")


def peer(registry: Registry, **more) -> Peer:
    return Peer("other", str(registry.path), **more)


def shown(registry: Registry) -> dict[str, str]:
    """Everything of a registry that others see."""
    return read(registry.git, "refs/tags/", "refs/channels/", "refs/status/", "refs/notes/")


def test_everything_comes_in_once_and_then_nothing_is_new(alpha, beta):
    outcome = sync(beta, peer(alpha))
    assert len(outcome.came) == 3
    assert shown(beta) == shown(alpha)
    assert beta.resolve("recipe", "toy#production").version == "1.1.0"
    again = sync(beta, peer(alpha))
    assert (again.came, again.joined, again.refused, again.conflicts) == ([], [], {}, [])


def test_what_the_peer_lacks_is_sent_when_asked_for_only(alpha, beta, tmp_path):
    publish(beta, numbered(tmp_path / "b", "1.2.0"))
    before = shown(alpha)
    sync(beta, peer(alpha))
    assert shown(alpha) == before
    outcome = sync(beta, peer(alpha, push=True))
    assert outcome.sent == [f"{TOY}1.2.0"]
    assert outcome.declined == {}
    assert shown(alpha) == shown(beta)


def test_other_files_under_the_same_version_are_a_conflict_that_stays(alpha, beta, tmp_path):
    mine = publish(beta, write_recipe(tmp_path / "b", code="print('mine')\n"))
    for _ in range(2):
        outcome = sync(beta, peer(alpha, push=True))
        (found,) = outcome.open_conflicts
        theirs = read(alpha.git, f"{TOY}1.0.0")[f"{TOY}1.0.0"]
        assert (found.what, found.ours, found.theirs) == ("recipe/main/toy/1.0.0", mine.tag_sha,
                                                          theirs)  # fmt: skip
        assert outcome.problems()[0].kind == "conflict"
        assert mine.tag_sha[:12] in outcome.problems()[0].message
        assert read(beta.git, mine.ref)[mine.ref] == mine.tag_sha
        assert read(alpha.git, mine.ref)[mine.ref] == theirs
    status.add(beta.git, "recipe", SPEC, status.Event("yank", "1.0.0", "two of them"), ADA)
    assert [one.settled for one in conflicts.listed(beta.git)] == ["yanked"]
    assert sync(beta, peer(alpha)).problems() == []


def test_the_same_files_under_another_tag_are_none(alpha, beta, tmp_path):
    mine = publish(beta, numbered(tmp_path / "b", "1.1.0"))
    time.sleep(1.1)
    gamma = Registry.open(tmp_path / "gamma.git")
    theirs = publish(gamma, numbered(tmp_path / "c", "1.1.0"))
    assert mine.tag_sha != theirs.tag_sha
    outcome = sync(beta, peer(gamma, push=True))
    assert (outcome.conflicts, outcome.sent, outcome.declined) == ([], [], {})
    assert read(beta.git, mine.ref)[mine.ref] == mine.tag_sha
    # a channel that stands on the other tag follows all the same
    channels.promote(gamma.git, theirs, "test", who="ada", author=ADA)
    sync(beta, peer(gamma))
    assert beta.resolve("recipe", "toy#test").tree_sha == mine.tree_sha


def test_a_peer_that_changes_a_version_is_told_and_changes_nothing(alpha, beta, tmp_path):
    sync(beta, peer(alpha))
    before = shown(beta)
    gamma = Registry.open(tmp_path / "gamma.git")
    other = publish(gamma, write_recipe(tmp_path / "c", code="print('changed')\n"))
    sync(alpha, Peer("gamma", str(gamma.path)))  # brings the objects
    alpha.git.run("update-ref", other.ref, other.tag_sha)
    outcome = sync(beta, peer(alpha))
    assert outcome.changed == [other.ref]
    assert [one.what for one in outcome.open_conflicts] == ["recipe/main/toy/1.0.0"]
    assert shown(beta) == before


def test_a_peer_that_lost_everything_takes_nothing_with_it(alpha, beta, tmp_path):
    sync(beta, peer(alpha))
    before = shown(beta)
    empty = serve_init(tmp_path / "empty.git", server="alpha")
    assert sync(beta, peer(empty)).came == []
    assert shown(beta) == before
    sync(beta, peer(empty, push=True))
    assert shown(empty) == before


def test_events_of_both_are_joined_to_the_same_commit(alpha, beta):
    sync(beta, peer(alpha))
    status.add(alpha.git, "recipe", SPEC, status.Event("yank", "1.0.0", "bad"), ADA)
    status.add(beta.git, "recipe", SPEC, status.Event("deprecate", "1.1.0", "soon"), ADA)
    copy = {ref: sha for ref, sha in shown(beta).items() if "status" in ref}
    sync(beta, peer(alpha))
    create(beta.git, "refs/status/recipe/main/copy", next(iter(copy.values())))
    sync(alpha, Peer("beta", str(beta.path)))
    ref = "refs/status/recipe/main/toy"
    assert shown(alpha)[ref] == shown(beta)[ref]
    said = status.standings(alpha.git, "recipe", ["main/toy"])["main/toy"]
    assert said["1.0.0"].yanked
    assert said["1.1.0"].deprecated


def test_the_longer_history_of_a_channel_holds_on_both(alpha, beta):
    sync(beta, peer(alpha))
    first, second = beta.versions("recipe", "toy")
    channels.promote(alpha.git, first, "production", who="ada", author=ADA)
    channels.promote(beta.git, first, "production", who="ada", author=ADA)
    channels.promote(beta.git, second, "production", who="ada", author=ADA, why="after all")
    sync(beta, peer(alpha, push=True))
    ref = "refs/channels/production/recipe/main/toy"
    assert shown(alpha)[ref] == shown(beta)[ref]
    assert alpha.resolve("recipe", "toy#production").version == "1.1.0"


def test_channels_are_not_followed_when_told_so(alpha, beta):
    sync(beta, peer(alpha, channels=False))
    assert not read(beta.git, "refs/channels/")


def test_attestations_come_as_they_grow_and_never_our_own(alpha, beta, tmp_path):
    bench = Bench.__new__(Bench)
    bench.mine = alpha
    sha = alpha.versions("recipe", "toy")[0].tag_sha
    first = bench.commit(bench.tree(("100644", sha, bench.blob("1\n"))))
    second = bench.commit(bench.tree(("100644", sha, bench.blob("1\n2\n"))), first)
    ref, own = "refs/notes/attest/alpha", "refs/notes/attest/beta"
    create(alpha.git, ref, first)
    create(alpha.git, own, first)
    sync(beta, peer(alpha), server="beta")
    assert (read(beta.git, ref)[ref], read(beta.git, own)[own]) == (first, first)
    alpha.git.run("update-ref", ref, second)
    alpha.git.run("update-ref", own, second)
    sync(beta, peer(alpha), server="beta")
    assert (read(beta.git, ref)[ref], read(beta.git, own)[own]) == (second, first)
    alpha.git.run("update-ref", ref, bench.commit(bench.tree(), when=9))
    outcome = sync(beta, peer(alpha), server="beta")
    assert [one.what for one in outcome.open_conflicts] == ["attest/alpha"]
    assert read(beta.git, ref)[ref] == second


@pytest.mark.parametrize("what", ["manifest", "attributes", "tag", "event", "promotion", "note"])
def test_what_a_push_would_not_bring_in_a_sync_does_not_either(what, alpha, beta, tmp_path):
    bench = Bench.__new__(Bench)
    bench.mine = alpha
    ref, sha = f"{TOY}1.2.0", bench.version("1.2.0")
    if what == "manifest":
        sha = bench.version("1.2.0", ("title: A toy", "title: A toy\nshell: true"))
    elif what == "attributes":
        sha = bench.version("1.2.0", extra=(("100644", ".gitattributes", bench.blob("*")),))
    elif what == "tag":
        sha = bench.version("1.3.0")
    elif what == "event":
        ref, sha = "refs/status/recipe/main/x", bench.commit(EMPTY_TREE, message="x")
    elif what == "promotion":
        ref = "refs/channels/test/recipe/main/toy"
    else:
        ref, sha = "refs/notes/attest/alpha", bench.commit(bench.recipe())
    create(alpha.git, ref, sha)
    for _ in range(2):
        outcome = sync(beta, peer(alpha))
        assert list(outcome.refused) == [ref]
        assert ref not in shown(beta)
    assert len(beta.list("recipe")) == 2  # the good ones came in


def test_one_bad_object_keeps_no_good_one_out(alpha, beta):
    bench = Bench.__new__(Bench)
    bench.mine = alpha
    tree = bench.write("tree", b"40000 ..\0" + bytes.fromhex(bench.tree()))
    bad = f"{TOY}9.0.0"
    create(alpha.git, bad, bench.tag(bench.commit(tree), bad))
    outcome = sync(beta, peer(alpha))
    assert list(outcome.refused) == [bad]
    assert len(outcome.came) == 3


def test_signatures_are_demanded_of_what_comes_in(alpha, beta, tmp_path):
    ada = keygen(tmp_path / "keys", "ada")
    beta.signing = Signing(allowed=signers(tmp_path, ada=ada))
    outcome = sync(beta, peer(alpha))
    assert outcome.came == []
    assert "it is not signed" in outcome.refused[f"{TOY}1.0.0"]
    alpha.signing = Signing(key=ada)
    third = publish(alpha, numbered(tmp_path / "a3", "1.2.0"))
    assert sync(beta, peer(alpha)).came == [third.ref]
    # git itself can verify it
    done = subprocess.run(
        ["git", f"--git-dir={alpha.path}", "-c", "gpg.format=ssh", "-c",
         f"gpg.ssh.allowedSignersFile={beta.signing.allowed}", "verify-tag", third.tag_sha],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 'Good "git" signature for ada' in done.stderr


def test_a_hook_that_refuses_one_lets_the_others_in(alpha, beta, tmp_path):
    (alpha.path / "roles.toml").write_text('[namespaces]\nmain = ["ada"]\n')
    publish(beta, numbered(tmp_path / "b", "1.2.0"))
    publish(beta, numbered(tmp_path / "b", "1.2.0"), namespace=caller())
    outcome = sync(beta, peer(alpha, push=True))
    assert f"refs/tags/recipe/{caller()}/toy/1.2.0" in outcome.sent
    assert f"{caller()} may not publish" in outcome.declined[f"{TOY}1.2.0"]
    assert outcome.problems()[0].kind == "declined"


def test_a_lock_brings_its_versions_alone(alpha, beta):
    outcome = sync(beta, peer(alpha), chosen=Chosen(frozenset({f"{TOY}1.0.0", f"{TOY}7.0.0"})))
    assert outcome.came == [f"{TOY}1.0.0"]
    assert outcome.missing == [f"{TOY}7.0.0"]
    assert set(shown(beta)) == {f"{TOY}1.0.0", "refs/status/recipe/main/toy"}


def test_a_bundle_takes_everything_where_no_network_reaches(alpha, beta, tmp_path):
    file = tmp_path / "a b$(x).bundle"
    assert len(bundle.write(alpha, file)) == 3
    outcome = sync(beta, bundle.peer_of(file))
    assert len(outcome.came) == 3
    assert shown(beta) == shown(alpha)
    with pytest.raises(RegistryError, match="cannot be written"):
        bundle.write(alpha, file)  # nobody's file is taken away
    some = tmp_path / "some.bundle"
    bundle.write(alpha, some, Chosen(frozenset({f"{TOY}1.0.0"})))
    gamma = Registry.open(tmp_path / "gamma.git")
    assert sync(gamma, bundle.peer_of(some)).came == [f"{TOY}1.0.0"]
    cut = tmp_path / "cut.bundle"
    cut.write_bytes(file.read_bytes()[:-200])
    delta = Registry.open(tmp_path / "delta.git")
    with pytest.raises(RegistryError):
        sync(delta, bundle.peer_of(cut))
    assert shown(delta) == {}
    (tmp_path / "text").write_text("no bundle")
    with pytest.raises(RegistryError, match="is no bundle"):
        bundle.peer_of(tmp_path / "text")


def test_a_peer_that_is_not_there_is_told(beta, tmp_path):
    with pytest.raises(RegistryError, match="server other") as caught:
        sync(beta, Peer("other", str(tmp_path / "nowhere.git")))
    assert caught.value.kind == "unreachable"


@contextmanager
def daemon(folder: Path) -> Iterator[str]:
    """A git daemon on this machine, that takes pushes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["git", "daemon", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}", "--export-all",
         "--enable=receive-pack", f"--base-path={folder}", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
             "GIT_CONFIG_VALUE_0": "*"},
    )  # fmt: skip
    try:
        for _ in range(200):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"git://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def test_over_the_git_protocol_both_ways(alpha, beta, tmp_path):
    publish(beta, numbered(tmp_path / "b", "1.2.0"))
    with daemon(tmp_path) as url:
        there = Peer("other", f"{url}/alpha.git", push=True)
        outcome = sync(beta, there)
        assert (len(outcome.came), outcome.sent) == (3, [f"{TOY}1.2.0"])
        assert shown(alpha) == shown(beta)
        bench = Bench.__new__(Bench)
        bench.mine = beta
        create(
            beta.git, f"{TOY}1.3.0", bench.version("1.3.0", ("title: A toy", "title: A\nshell: x"))
        )
        assert "shell" in sync(beta, there).declined[f"{TOY}1.3.0"]


def test_nothing_new_fetches_nothing(alpha, beta, monkeypatch):
    """One look at the peer, one at home; whatever was the same, refused or in conflict before."""
    sync(beta, peer(alpha))
    called = []
    run = Git.run

    def noted(self, command, *arguments, **more):
        called.append(command)
        return run(self, command, *arguments, **more)

    monkeypatch.setattr(Git, "run", noted)
    sync(beta, peer(alpha))
    assert called[:2] == ["ls-remote", "for-each-ref"]
    assert not {"fetch", "push", "update-ref"}.intersection(called)
