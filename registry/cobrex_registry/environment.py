"""Environments: the software a recipe runs in, its digest, its making."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from . import python_environment
from .canonical import canonical_json
from .canonical import digest as digest_of
from .errors import RegistryError
from .manifest import Manifest

PROBE_TIMEOUT_S = 60.0
_DROPPED = ("PYTHON", "COBREX_", "GIT_", "CONDA_", "UV_", "PIP_")
_DROPPED_NAMES = frozenset({"VIRTUAL_ENV", "__PYVENV_LAUNCHER__"})
_PYTHONS = frozenset({"python", "python3"})


@dataclass(frozen=True, slots=True)
class Environment:
    """The software a recipe runs in, ready to be used.

    Attributes
    ----------
    kind : str
        ``host`` or ``python``.
    digest : str
        base64url sha256, 43 characters.
    path : pathlib.Path or None
        Folder it was built in; None for ``host``.
    """

    kind: str
    digest: str
    path: Path | None = None


def digest(manifest: Manifest, folder: Path) -> str:
    """Return the digest of a recipe's environment; nothing is built.

    Parameters
    ----------
    manifest : Manifest
        Of the recipe.
    folder : pathlib.Path
        Its files.

    Returns
    -------
    str
        base64url sha256. For ``python`` of lock, interpreter (major.minor) and platform; for
        ``host`` of what the probe commands print, interpreter and platform.

    Raises
    ------
    RegistryError
        Of kind ``environment``: a probe fails, the lock is missing, a kind not supported yet.
    """
    spec = manifest.environment
    if spec.kind == "python":
        lock = sha256(_lock(manifest, folder).read_bytes()).hexdigest()
        minor = ".".join(map(str, sys.version_info[:2]))
        return _digest("python", lock, f"{platform.python_implementation()} {minor}")
    if spec.kind == "host":
        interpreter = f"{platform.python_implementation()} {platform.python_version()}"
        return _digest("host", [_probe(words) for words in spec.probes], interpreter)
    raise RegistryError(
        f"recipe {manifest.name}: environments of kind {spec.kind!r} are not supported yet",
        kind="environment",
        hint="use host or python",
    )


def prepare(manifest: Manifest, folder: Path, environments: Path) -> Environment:
    """Make sure that a recipe's environment is there.

    Parameters
    ----------
    manifest : Manifest
        Of the recipe.
    folder : pathlib.Path
        Its files.
    environments : pathlib.Path
        Holds ``<digest>/``. An environment is built once, under a lock; later no network is used.

    Returns
    -------
    Environment

    Raises
    ------
    RegistryError
        Of kind ``environment``, with the last lines of what went wrong; nothing is left behind.
    """
    name = digest(manifest, folder)
    if manifest.environment.kind == "host":
        return Environment("host", name)
    place = environments / name
    if not place.is_dir():
        python_environment.build(place, _lock(manifest, folder))
    return Environment("python", name, place)


def wrap(environment: Environment, argv: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the command and the process environment that run it.

    Parameters
    ----------
    environment : Environment
        As `prepare` returned it.
    argv : sequence of str
        The recipe's command; ``python`` as first word becomes the environment's.

    Returns
    -------
    argv : list of str
        To be started without a shell.
    environ : dict of str to str
        The whole environment: the caller's without settings of Python, git and cobrex (a
        database password among them), the environment's programs first in ``PATH``.
    """
    python = (
        Path(sys.executable) if environment.path is None else (environment.path / "bin" / "python")
    )
    environ = _clean()
    environ["PATH"] = os.pathsep.join((str(python.parent), os.environ.get("PATH", os.defpath)))
    environ["PYTHONNOUSERSITE"] = "1"
    environ["PYTHONDONTWRITEBYTECODE"] = "1"
    if environment.path is not None:
        environ["VIRTUAL_ENV"] = str(environment.path)
    first = [str(python)] if argv[0] in _PYTHONS else [argv[0]]
    return [*first, *argv[1:]], environ


def _lock(manifest: Manifest, folder: Path) -> Path:
    path = folder / manifest.environment.lock
    if not path.is_file():
        raise RegistryError(
            f"recipe {manifest.name}: {manifest.environment.lock} is missing",
            kind="environment",
            hint="cobrex recipe lint says what else is",
        )
    return path


def _digest(kind: str, content: object, interpreter: str) -> str:
    machine = f"{sys.platform} {platform.machine()}"
    return digest_of(canonical_json([kind, content, interpreter, machine]))


def _clean() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and name not in _DROPPED_NAMES
    }


@cache
def _probe(words: tuple[str, ...]) -> list[str]:
    """Return command and output; asked once in the life of a command."""
    argv, environ = wrap(Environment("host", ""), words)
    shown = " ".join(words)
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PROBE_TIMEOUT_S,
            check=False,
            env=environ,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RegistryError(
            f"the probe {shown!r} cannot be run: {error}",
            kind="environment",
            hint=f"install {words[0]}, or see that it is in PATH",
        ) from error
    output = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        raise RegistryError(
            f"the probe {shown!r} failed: {output[-500:]}",
            kind="environment",
            hint="install what it asks for",
        )
    return [shown, output]
