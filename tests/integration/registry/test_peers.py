"""The list of servers: good addresses are kept, hostile ones run nothing and write nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cobrex_registry.errors import RegistryError
from cobrex_registry.repository import Registry
from cobrex_registry.servers import peers
from cobrex_registry.servers.peers import Peer
from cobrex_registry.servers.transport import check_url


@pytest.fixture
def beta(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "beta.git")


HOSTILE = [
    "--upload-pack=touch owned", "-oProxyCommand=touch owned", "ext::sh -c touch% owned",
    "fd::3", "../../x", "x", "", "ssh://-oProxyCommand=touch/x", "me@-oProxyCommand=x:y",
    "me@host:-x", "/tmp/$(touch owned)", "/tmp/`touch owned`", "/tmp/a;touch owned", "/tmp/a\nb",
    "http::ext::sh", "host:ext::sh", "https://u:secret@host/x", "file://host/x", "ssh://h/a b\n",
    "https://host/$(touch owned)", "/a::b", "foo://host/x",
]  # fmt: skip


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_urls_run_nothing_and_write_nothing(url, beta, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RegistryError) as caught:
        peers.add(beta.path, Peer("x", url))
    assert caught.value.kind == "server"
    (beta.path / "servers.toml").write_text(f"[x]\nurl = {url!r}\n".replace("\\n", "\\\\n"))
    with pytest.raises(RegistryError):
        peers.find(beta.path, "x")
    (beta.path / "servers.toml").unlink()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["--push", "../x", "A", "a/b", "", "$(x)", "bundle", "x.lock"])
def test_hostile_names_of_servers_are_refused(name, beta, tmp_path):
    with pytest.raises(RegistryError):
        peers.add(beta.path, Peer(name, "/tmp/x"))
    assert peers.load(beta.path) == ()


def test_good_urls_are_taken(beta):
    for url in (
        "/data/registry.git", "file:///data/x", "ssh://me@host:22/x", "https://h.eu/x",
        "git://127.0.0.1:9418/x", "me@host.eu:cobrex/registry.git", "ssh://[::1]/x",
    ):  # fmt: skip
        assert check_url(url) == url
        peers.add(beta.path, Peer("one", url, push=True))
        assert peers.find(beta.path, "one") == Peer("one", url, push=True)
    peers.remove(beta.path, "one")
    assert peers.load(beta.path) == ()
    with pytest.raises(RegistryError, match="no server"):
        peers.remove(beta.path, "one")
