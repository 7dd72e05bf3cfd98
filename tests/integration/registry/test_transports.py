"""Over real ssh and http: both ways, who pushes is what the door says, failures have a cure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import ssh_server
from http_server import HttpServer
from push_bench import TOY
from recipe_folder import numbered
from ssh_server import SshServer

from cobrex_registry.errors import RegistryError
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.servers.peers import Peer
from cobrex_registry.servers.serve import serve_init
from cobrex_registry.servers.sync import sync
from cobrex_registry.store.refs import read

ROLES = '[namespaces]\nmain = ["ada"]\n'
# skipped only where no sshd can be had: scripts/test installs one
needs_sshd = pytest.mark.skipif(bool(ssh_server.why_not()), reason=ssh_server.why_not())


@pytest.fixture
def central(tmp_path: Path) -> Registry:
    made = serve_init(tmp_path / "central.git", server="central")
    publish(made, numbered(tmp_path / "first", "1.0.0"))
    (made.path / "roles.toml").write_text(ROLES)
    return made


@pytest.fixture
def mine(tmp_path: Path) -> Registry:
    made = Registry.open(tmp_path / "mine.git")
    publish(made, numbered(tmp_path / "second", "1.1.0"))
    return made


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[SshServer]:
    with SshServer(tmp_path / "sshd", "ada", "grace") as server:
        yield server


def both_ways(central: Registry, mine: Registry, peer: Peer) -> None:
    """Sync once with somebody's rights: what is there comes in, what is here is sent."""
    outcome = sync(mine, peer)
    assert (outcome.came, outcome.sent) == ([f"{TOY}1.0.0"], [f"{TOY}1.1.0"])
    assert outcome.declined == {}
    assert read(mine.git, "refs/tags/") == read(central.git, "refs/tags/")
    again = sync(mine, peer)
    assert (again.came, again.sent, again.declined) == ([], [], {})


@needs_sshd
@pytest.mark.parametrize("form", ["ssh://central{path}", "ada@central:{path}"])
def test_ssh_goes_both_ways_with_the_users_own_config(form, central, mine, sshd, monkeypatch):
    monkeypatch.setenv("PATH", sshd.path_of("ada"))
    if form.startswith("ada@"):  # the account, not the person: that is the key's
        form = form.replace("ada@", f"{ssh_server.getpass.getuser()}@")
    both_ways(central, mine, Peer("central", form.format(path=central.path), push=True))


@needs_sshd
def test_who_pushes_by_ssh_is_whose_key_it_is(central, mine, sshd, monkeypatch):
    monkeypatch.setenv("PATH", sshd.path_of("grace"))
    monkeypatch.setenv("COBREX_PUSHER", "ada")  # said here, it counts for nothing there
    outcome = sync(mine, Peer("central", f"ssh://central{central.path}", push=True))
    assert outcome.came == [f"{TOY}1.0.0"]
    assert outcome.declined == {f"{TOY}1.1.0": "grace may not publish in the namespace main"}
    assert f"{TOY}1.1.0" not in read(central.git, "refs/tags/")


@needs_sshd
def test_an_unknown_host_and_a_foreign_key_are_told_with_the_cure(central, mine, sshd, monkeypatch):
    peer = Peer("central", f"ssh://central{central.path}", push=True)
    monkeypatch.setenv("PATH", sshd.path_of("ada", knows_host=False))
    with pytest.raises(RegistryError) as caught:
        sync(mine, peer)
    assert caught.value.kind == "unreachable"
    assert "connect once by hand with ssh" in caught.value.hint
    monkeypatch.setenv("PATH", sshd.path_of("nobody"))
    with pytest.raises(RegistryError) as caught:
        sync(mine, peer)
    assert "ssh-add" in caught.value.hint


def test_http_goes_both_ways_with_a_password_of_netrc(central, mine, tmp_path, monkeypatch):
    central.git.run("config", "http.receivepack", "true")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    netrc = tmp_path / "home" / ".netrc"
    with HttpServer(tmp_path, ada="secret", grace="other") as server:
        peer = Peer("central", f"http://127.0.0.1:{server.port}/central.git", push=True)
        with pytest.raises(RegistryError) as caught:
            sync(mine, peer)
        assert "netrc" in caught.value.hint
        netrc.write_text("machine 127.0.0.1 login grace password other\n")
        outcome = sync(mine, peer)
        assert outcome.declined == {f"{TOY}1.1.0": "grace may not publish in the namespace main"}
        netrc.write_text("machine 127.0.0.1 login ada password secret\n")
        assert sync(mine, peer).sent == [f"{TOY}1.1.0"]
    assert read(mine.git, "refs/tags/") == read(central.git, "refs/tags/")
