"""Python environments: built by uv from a lock, once, in one piece or not at all."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from cobrex_registry.errors import RegistryError

from .built_once import Site, build_once

_DROPPED = frozenset({"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "CONDA_PREFIX"})


def build(place: Path, lock: Path) -> None:
    """Build an environment unless it is there.

    Parameters
    ----------
    place : pathlib.Path
        Folder of the environment; renamed into place when it is complete.
    lock : pathlib.Path
        Requirements with versions and hashes.

    Raises
    ------
    RegistryError
        Of kind ``environment``.
    """
    build_once(place, "Python environment", lambda site: _make(site, lock))


def _make(site: Site, lock: Path) -> None:
    uv = _uv()
    environ = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    environ.setdefault("UV_SYSTEM_CERTS", "true")  # sites have authorities of their own
    venv = ["venv", "--quiet", "--relocatable", "--no-python-downloads", "--no-project"]
    site.run([uv, *venv, "--allow-existing", "--python", sys.executable, str(site.folder)], environ)
    python = site.folder / "bin" / "python"
    install = ["pip", "install", "--quiet", "--python", str(python), "--require-hashes"]
    how = ["--link-mode", "copy", "--compile-bytecode", "--strict", "--no-progress"]
    site.run([uv, *install, *how, "--requirements", str(lock)], environ)


def _uv() -> str:
    if importlib.util.find_spec("uv") is not None:
        return str(importlib.import_module("uv").find_uv_bin())
    found = shutil.which("uv")
    if found is None:
        raise RegistryError(
            "uv, which builds Python environments, is not installed",
            kind="environment",
            hint="pip install uv",
        )
    return found
