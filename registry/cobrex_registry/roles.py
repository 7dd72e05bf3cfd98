"""Roles: who may publish in a namespace and who may move a channel, in ``roles.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import RegistryError

FILE = "roles.toml"
EVERYBODY = "*"
SAMPLE = """\
# Who may do what in this registry. Without this file, or with every line a comment, whoever may
# write to the repository may do all. "*" stands for everybody. A namespace that bears a person's
# name is always theirs. What is not named here nobody else may; a channel that is not named may be
# moved by whoever may publish in the namespace.
#
# [namespaces]
# main = ["ada", "grace"]
# test = ["*"]
#
# [channels]
# production = ["ada"]
#
# [servers]              # who brings the attestations of another server
# chile = ["chile-sync"]
"""
_TABLES = ("namespaces", "channels", "servers")
_Table = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Roles:
    """Who may do what.

    Attributes
    ----------
    namespaces, channels, servers : mapping of str to tuple of str
        Names of people by what they may publish in, move, and bring attestations of.
    open : bool
        Whether nobody is kept from anything.
    """

    namespaces: _Table = field(default_factory=dict)
    channels: _Table = field(default_factory=dict)
    servers: _Table = field(default_factory=dict)
    open: bool = True

    def may_publish(self, namespace: str, who: str) -> bool:
        """Tell whether somebody may publish, deprecate and yank in a namespace."""
        return self.open or who == namespace or _named(self.namespaces.get(namespace, ()), who)

    def may_move(self, channel: str, namespace: str, who: str) -> bool:
        """Tell whether somebody may promote to a channel."""
        if channel in self.channels and not self.open:
            return _named(self.channels[channel], who)
        return self.may_publish(namespace, who)

    def may_attest(self, server: str, who: str) -> bool:
        """Tell whether somebody may bring the attestations of a server."""
        return self.open or who == server or _named(self.servers.get(server, ()), who)


def load(repository: Path) -> Roles:
    """Return the roles of a registry.

    Parameters
    ----------
    repository : pathlib.Path
        The bare repository.

    Returns
    -------
    Roles

    Raises
    ------
    RegistryError
        Of kind ``roles`` when ``roles.toml`` cannot be read: then nobody may do anything.
    """
    path = repository / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if path.is_symlink():  # what it names is away: that must not open the door
            raise _broken(path, "a link to a file that is not there") from error
        return Roles()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise _broken(path, str(error)) from error
    if not table:
        return Roles()
    for name, people in table.items():
        if name not in _TABLES or not isinstance(people, dict):
            raise _broken(path, f"unknown table {name[:60]!r}")
        for key, names in people.items():
            if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
                raise _broken(path, f"{name}.{key[:60]} is to be a list of names")
    namespaces, channels, servers = (
        {key: tuple(names) for key, names in table.get(one, {}).items()} for one in _TABLES
    )
    return Roles(namespaces, channels, servers, open=False)


def check_publish(repository: Path, namespace: str, who: str) -> None:
    """Refuse somebody who may not publish, deprecate or yank in a namespace.

    Parameters
    ----------
    repository : pathlib.Path
        The bare repository.
    namespace : str
        Where.
    who : str
        As `cobrex_registry.ident.caller` gives it.

    Raises
    ------
    RegistryError
        Of kind ``role``.
    """
    roles = load(repository)
    if not roles.may_publish(namespace, who):
        allowed = roles.namespaces.get(namespace, ())
        raise RegistryError(
            f"{who} may not publish in the namespace {namespace}",
            kind="role",
            hint=f"ask {', '.join(allowed)}; or publish under your own: --namespace {who}"
            if allowed
            else f"publish under your own name: --namespace {who}",
        )


def check_channel(repository: Path, channel: str, namespace: str, who: str) -> None:
    """Refuse somebody who may not move a channel.

    Parameters
    ----------
    repository : pathlib.Path
        The bare repository.
    channel : str
        ``production`` ...
    namespace : str
        Of what is promoted.
    who : str
        As `cobrex_registry.ident.caller` gives it.

    Raises
    ------
    RegistryError
        Of kind ``role``.
    """
    roles = load(repository)
    if not roles.may_move(channel, namespace, who):
        allowed = roles.channels.get(channel) or roles.namespaces.get(namespace, ())
        raise RegistryError(
            f"{who} may not move the channel {channel}",
            kind="role",
            hint=f"ask {', '.join(allowed) or 'who keeps it'}; see cobrex registry roles",
        )


def _named(people: tuple[str, ...], who: str) -> bool:
    return who in people or EVERYBODY in people


def _broken(path: Path, reason: str) -> RegistryError:
    return RegistryError(
        f"{path}: {reason}", kind="roles", hint="until it is mended nobody may publish here"
    )
