"""Settings: defaults, then cobrex.toml, then the environment, then flags."""

from __future__ import annotations

import getpass
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .errors import UsageError


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
    """

    home: Path
    store: Path
    database_url: str
    user: str
    workspace: str

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

    @property
    def logs(self) -> Path:
        """Tracebacks of bugs."""
        return self.home / "logs"


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
    table = _read(folder / "cobrex.toml")
    store = Path(_pick(table, "store", str(folder / "store"))).expanduser().absolute()
    return Settings(
        home=folder,
        store=store,
        database_url=_pick(table, "database_url", f"sqlite:///{store / 'catalogue.sqlite'}"),
        user=_pick(table, "user", _login()),
        workspace=_pick(table, "workspace", "public"),
    )


_KEYS = ("store", "database_url", "user", "workspace")


def _pick(table: dict[str, str], key: str, default: str) -> str:
    return os.environ.get(f"COBREX_{key.upper()}") or table.get(key) or default


def _read(path: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
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
    for key, value in table.items():
        if key not in _KEYS or not isinstance(value, str):
            raise UsageError(
                f"{path}: unknown or ill-typed setting {key!r}",
                hint=f"settings are text: {', '.join(_KEYS)}",
                kind="settings",
            )
    return table


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "nobody"
