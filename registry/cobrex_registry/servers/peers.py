"""Peers: the other servers a registry syncs with, in its ``servers.toml``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.fields import COMPONENT
from cobrex_registry.reading.near_miss import near_miss
from cobrex_registry.store.refs import publishing
from cobrex_registry.written import replace

from .transport import check_url

FILE = "servers.toml"
BUNDLE = "bundle"
_KEYS = {"url", "push", "channels"}


@dataclass(frozen=True, slots=True)
class Peer:
    """Another server.

    Attributes
    ----------
    name : str
        What it is called here; a part of refs.
    url : str
        Where its registry is.
    push : bool
        Whether it is sent what it lacks.
    channels : bool
        Whether its promotions count here.
    """

    name: str
    url: str
    push: bool = False
    channels: bool = True


def load(repository: Path) -> tuple[Peer, ...]:
    """Return the peers of a registry.

    Parameters
    ----------
    repository : pathlib.Path
        The bare repository.

    Returns
    -------
    tuple of Peer
        By name.

    Raises
    ------
    RegistryError
        Of kind ``server`` when ``servers.toml`` is no such list.
    """
    path = repository / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise RegistryError(
            f"{path}: {error}", kind="server", hint="mend it, or remove it and add the servers anew"
        ) from error
    return tuple(_peer(path, name, table[name]) for name in sorted(table))


def find(repository: Path, name: str) -> Peer:
    """Return a peer by its name.

    Raises
    ------
    RegistryError
        Of kind ``unknown-server``.
    """
    peers = {one.name: one for one in load(repository)}
    if name not in peers:
        raise RegistryError(
            f"no server {name[:60]!r}",
            kind="unknown-server",
            hint=near_miss(name, peers) or "cobrex server add NAME URL",
        )
    return peers[name]


def add(repository: Path, peer: Peer) -> bool:
    """Add a peer, or change one of the same name.

    Parameters
    ----------
    repository : pathlib.Path
        The bare repository.
    peer : Peer
        Which.

    Returns
    -------
    bool
        False when it was there and was changed.

    Raises
    ------
    RegistryError
        Of kind ``server``: no good name or URL.
    """
    _check(peer)
    with publishing(repository):
        peers = {one.name: one for one in load(repository)}
        _write(repository / FILE, [*(p for n, p in peers.items() if n != peer.name), peer])
    return peer.name not in peers


def remove(repository: Path, name: str) -> None:
    """Forget a peer; what came from it stays.

    Raises
    ------
    RegistryError
        Of kind ``unknown-server``.
    """
    with publishing(repository):
        gone = find(repository, name)
        _write(repository / FILE, [one for one in load(repository) if one != gone])


def _check(peer: Peer) -> None:
    if not COMPONENT.fullmatch(peer.name) or peer.name == BUNDLE:
        raise RegistryError(
            f"{peer.name[:60]!r} cannot be the name of a server",
            kind="server",
            hint=f"a-z 0-9 _ -, a letter first; {BUNDLE!r} stands for files",
        )
    check_url(peer.url)


def _peer(path: Path, name: str, said: Any) -> Peer:
    sound = (
        isinstance(said, dict)
        and said.keys() <= _KEYS
        and isinstance(said.get("url"), str)
        and all(isinstance(said.get(key, True), bool) for key in ("push", "channels"))
    )
    if not sound:
        raise RegistryError(
            f"{path}: [{name[:60]}] wants url = TEXT, and may have push, channels = true or false",
            kind="server",
            hint=f"cobrex server add {name[:60]} URL writes it",
        )
    peer = Peer(name, said["url"], said.get("push", False), said.get("channels", True))
    _check(peer)
    return peer


def _write(path: Path, peers: Sequence[Peer]) -> None:
    text = "".join(
        f"[{one.name}]\nurl = {json.dumps(one.url, ensure_ascii=False)}\n"
        f"push = {str(one.push).lower()}\nchannels = {str(one.channels).lower()}\n\n"
        for one in sorted(peers, key=lambda one: one.name)
    )
    write_file(path, text.rstrip("\n") + "\n")


def write_file(path: Path, text: str, mode: int = 0o664) -> None:
    """Write a file beside and rename it into place.

    Parameters
    ----------
    path : pathlib.Path
        Where.
    text : str
        Contents.
    mode : int
        Permissions; less what its folder lacks for the group.

    Raises
    ------
    RegistryError
        When the folder may not be written.
    """
    try:
        mode &= ~0o020 | path.parent.stat().st_mode
        replace(path, text.encode(), mode)
    except OSError as error:
        raise RegistryError(
            f"{path}: {error.strerror or error}", hint="see that you may write to the registry"
        ) from error
