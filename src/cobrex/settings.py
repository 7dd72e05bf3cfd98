"""Settings: defaults, then cobrex.toml, then the environment, then flags."""

from __future__ import annotations

import getpass
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import UsageError
from .site import Site, read_site


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things lie and who asks.

    Attributes
    ----------
    home : pathlib.Path
        Personal folder: ``cobrex.toml``, logs.
    store : pathlib.Path
        Registry, cache, environments, processes, batches; on a site shared by a group.
    database_url : str
        SQLAlchemy URL of the catalogue.
    user : str
        Name the catalogue knows the caller by.
    workspace : str
        Workspace new frames and batches belong to.
    server : str
        Name of this registry among servers: whose attestations and conflicts are its own.
    signing_key : str
        ssh private key that tags are signed with; empty for none.
    allowed_signers : str
        File of ssh public keys (``ssh-keygen(1)``, ALLOWED SIGNERS) tags are verified with; empty
        for no verification.
    attested_channels : str
        Channels, by comma, that demand a passed attestation: ``production``.
    site : Site
        Where processes are made on a cluster, and what they may use there.
    """

    home: Path
    store: Path
    database_url: str
    user: str
    workspace: str
    server: str = "local"
    signing_key: str = ""
    allowed_signers: str = ""
    attested_channels: str = ""
    site: Site = field(default_factory=Site)

    @property
    def registry(self) -> Path:
        """The bare git repository of recipes and presets."""
        return self.store / "registry.git"

    @property
    def cache(self) -> Path:
        """Materialised recipe versions, read-only."""
        return self.store / "cache"

    @property
    def environments(self) -> Path:
        """Python environments, one folder a digest."""
        return self.store / "environments"

    @property
    def processes(self) -> Path:
        """Products and records, one folder an attempt."""
        return self.store / "processes"

    @property
    def batches(self) -> Path:
        """One folder a batch: plans, Snakemake's state, reports."""
        return self.store / "batches"


def home() -> Path:
    """Return the personal folder, whatever it holds."""
    return Path(os.environ.get("COBREX_HOME") or "~/.cobrex").expanduser().absolute()


def load() -> Settings:
    """Read the settings.

    Returns
    -------
    Settings

    Raises
    ------
    UsageError
        When ``cobrex.toml`` cannot be read, is not TOML, or holds an unknown key.
    """
    folder = home()
    path = folder / "cobrex.toml"
    table = _read(path)
    site = read_site(table.pop("site", {}), path)
    _check(table, path)
    store = Path(_pick(table, "store", str(folder / "store"))).expanduser().absolute()
    return Settings(
        home=folder,
        store=store,
        database_url=_pick(table, "database_url", f"sqlite:///{store / 'catalogue.sqlite'}"),
        user=_pick(table, "user", _login()),
        workspace=_pick(table, "workspace", "public"),
        server=_server(_pick(table, "server", os.uname().nodename)),
        signing_key=_pick(table, "signing_key", ""),
        allowed_signers=_pick(table, "allowed_signers", ""),
        attested_channels=_pick(table, "attested_channels", ""),
        site=site,
    )


_KEYS = (
    "store",
    "database_url",
    "user",
    "workspace",
    "server",
    "signing_key",
    "allowed_signers",
    "attested_channels",
)


def _server(name: str) -> str:
    """Return a name that can stand in a ref; a host's loses its domain."""
    word = re.sub(r"[^a-z0-9_-]", "-", name.lower().partition(".")[0])[:64]
    return word if word[:1].isalpha() else f"server-{word}"


def _pick(table: dict[str, str], key: str, default: str) -> str:
    return os.environ.get(f"COBREX_{key.upper()}") or table.get(key) or default


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} is not TOML: {error}", hint="mend or remove the file", kind="settings"
        ) from error
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}",
            hint="COBREX_HOME is to be a folder, cobrex.toml in it a file",
            kind="settings",
        ) from error


def _check(table: dict[str, Any], path: Path) -> None:
    for key, value in table.items():
        if key not in _KEYS or not isinstance(value, str):
            raise UsageError(
                f"{path}: unknown or ill-typed setting {key!r}",
                hint=f"settings are text: {', '.join(_KEYS)}; and the table [site]",
                kind="settings",
            )


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "nobody"
