"""Pushes: good ones come in, bad ones are refused with a reason and change nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bad_pushes import (
    BAD,
    CHANNEL,
    EVENT,
    NOTES,
    PARAMETER,
    PRESET,
    ROLES,
    STATUS,
    first,
    head,
    namespaced,
    one,
    preset,
    promotion,
    to,
)
from push_bench import ADA, TOY, Bench, keygen, signers

from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.standing import channels, status
from cobrex_registry.store.objects import EMPTY_TREE
from cobrex_registry.store.signing import Signing, verify_tag


@pytest.fixture
def bench(served: Bench, tmp_path: Path) -> Bench:
    """A server of one's own."""
    return served.copy(tmp_path)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A server with version 1.0.0, a channel, an event and a note on it."""
    made = Bench(tmp_path_factory.mktemp("served"), ROLES)
    first = made.version()
    specs = [f"{first}:{TOY}1.0.0"]
    assert made.push(*specs) == ""
    version = made.server.resolve("recipe", "toy@1.0.0")
    moved = channels.promote(
        made.mine.git, version, "test", who="grace", author=ADA, why="first"
    ).tag_sha
    event = made.commit(EMPTY_TREE, message=EVENT)
    note = made.commit(made.tree(("100644", first, made.blob("{}\n"))))
    assert made.push(f"{moved}:{CHANNEL}", f"{event}:{STATUS}", f"{note}:{NOTES}") == ""
    return made


@pytest.mark.parametrize("what", BAD)
def test_a_bad_push_is_refused_with_its_reason_and_changes_nothing(what, bench):
    make, reason = BAD[what]
    before = bench.refs()
    said = bench.push(make(bench))
    assert said, "it was taken in"
    assert re.search(reason, said), said
    assert bench.refs() == before
    assert "Traceback" not in said


def test_a_good_ref_beside_a_bad_one_waits_too_and_only_the_bad_one_is_named(bench):
    before = bench.refs()
    bad = f"{bench.commit(bench.recipe())}:refs/heads/main"
    said = bench.push(one(bench), bad)
    assert "refused refs/heads/main" in said
    assert f"refused {TOY}" not in said
    assert bench.refs() == before


def test_good_pushes_come_in_whole(bench):
    """Several versions, a channel on one of them, events and notes on top of others."""
    parent = bench.server.resolve("recipe", "toy@1.0.0").commit_sha
    second = bench.version("1.1.0", parents=(parent,))
    third = bench.version("2.0.0", (PARAMETER, ""))
    moved = promotion(bench, "1.1.0", second)
    event = bench.commit(EMPTY_TREE, head(bench, STATUS), message=EVENT, when=1_700_000_009)
    note = bench.commit(
        bench.tree(("100644", first(bench), bench.blob("{}\n{}\n"))), head(bench, NOTES)
    )
    careful = preset(bench, PRESET)
    own = namespaced(bench, "refs/tags/recipe/grace/toy/1.0.0")
    said = bench.push(
        to(third, "2.0.0"), to(second), f"+{moved}", f"{event}:{STATUS}", f"{note}:{NOTES}",
        careful, own,
    )  # fmt: skip
    assert said == ""
    assert [one.version for one in bench.server.versions("recipe", "toy")] == [
        "1.0.0", "1.1.0", "2.0.0",
    ]  # fmt: skip
    assert bench.server.resolve("recipe", "toy#test").version == "1.1.0"
    assert bench.server.resolve("preset", "toy--careful").version == "1.0.0"


def test_roles_that_cannot_be_read_close_the_door(bench):
    (bench.server.path / "roles.toml").write_text("[namespaces\n")
    assert "cannot be judged" in bench.push(one(bench))


def test_signatures_are_demanded_and_say_who_it_is(tmp_path):
    ada, eve = keygen(tmp_path / "keys", "ada"), keygen(tmp_path / "keys", "eve")
    allowed = signers(tmp_path, ada=ada)
    bench = Bench(tmp_path, '[namespaces]\nmain = ["ada"]\n', str(allowed))
    assert "it is not signed" in bench.push(one(bench, "1.0.0"))
    assert "no allowed signer" in bench.push(one(bench, "1.0.0", key=eve))
    # whoever brings it: the signer counts
    assert bench.push(one(bench, "1.0.0", key=ada), who="eve") == ""
    version = bench.server.resolve("recipe", "toy")
    assert verify_tag(bench.server.git, version.tag_sha, Signing(allowed=allowed)) == "ada"
    signed = bench.mine.git.run("cat-file", "tag", version.tag_sha)
    forged = signed.replace("toy/1.0.0", "toy/1.1.0")
    sha = bench.mine.git.run(
        "hash-object", "-w", "-t", "tag", "--stdin", data=f"{forged}\n".encode()
    )
    assert bench.push(to(sha)) != ""
    assert bench.refs() == {version.ref: version.tag_sha}


def test_a_foreign_hook_is_left_alone(tmp_path):
    from cobrex_registry.errors import RegistryError
    from cobrex_registry.servers.serve import serve_init

    registry = Registry.open(tmp_path / "r.git")
    hook = registry.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(RegistryError, match="somebody else"):
        serve_init(registry.path, server="home")
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    hook.unlink()
    serve_init(registry.path, server="home")
    serve_init(registry.path, server="home")  # again changes nothing
    assert hook.stat().st_mode & 0o111


def test_local_writers_are_held_to_the_roles(tmp_path, monkeypatch):
    from recipe_folder import numbered

    from cobrex_registry.errors import RegistryError
    from cobrex_registry.publication import publish

    registry = Registry.open(tmp_path / "r.git")
    (registry.path / "roles.toml").write_text(ROLES)
    monkeypatch.setenv("COBREX_PUSHER", "eve")
    folder = numbered(tmp_path / "toy", "1.0.0")
    with pytest.raises(RegistryError, match="eve may not publish") as caught:
        publish(registry, folder)
    assert caught.value.kind == "role"
    publish(registry, folder, namespace="eve")
    monkeypatch.setenv("COBREX_PUSHER", "grace")
    version = publish(registry, folder)
    monkeypatch.setenv("COBREX_PUSHER", "eve")
    assert publish(registry, folder) == version  # the same again is no publication
    with pytest.raises(RegistryError, match="eve may not publish"):
        status.add(registry.git, "recipe", Spec.parse("toy"), status.Event("yank", "1.0.0"), ADA)
    with pytest.raises(RegistryError, match="grace may not move"):
        channels.promote(registry.git, version, "production", who="grace", author=ADA)
