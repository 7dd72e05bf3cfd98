"""Environments: the software a recipe runs in, its digest, its making."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex_registry.canonical import canonical_json
from cobrex_registry.canonical import digest as digest_of
from cobrex_registry.errors import RegistryError

from . import conda_environment, container, python_environment
from .container import Surroundings

if TYPE_CHECKING:  # runners start without a reader of manifests
    from cobrex_registry.recipe.manifest import Manifest

PROBE_TIMEOUT_S = 60.0
_DROPPED = (
    *("PYTHON", "COBREX_", "GIT_", "CONDA_", "MAMBA_", "UV_", "PIP_"),
    *("APPTAINER", "SINGULARITY", "ESOREX_"),
)
_KEPT = frozenset({"ESOREX_PLUGIN_DIR"})  # where a site's recipes of ESO lie
_DROPPED_NAMES = frozenset({"VIRTUAL_ENV", "__PYVENV_LAUNCHER__"})
_PYTHONS = frozenset({"python", "python3"})


@dataclass(frozen=True, slots=True)
class Environment:
    """The software a recipe runs in, ready to be used.

    Attributes
    ----------
    kind : str
        ``host``, ``python``, ``conda`` or ``container``.
    digest : str
        base64url sha256, 43 characters.
    path : pathlib.Path or None
        Folder it was built in; None for what lies elsewhere: the host, an image podman keeps.
    image : str
        Of a container, with its digest.
    """

    kind: str
    digest: str
    path: Path | None = None
    image: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, for a plan."""
        path = None if self.path is None else str(self.path)
        words = {"kind": self.kind, "digest": self.digest, "path": path}
        return {**words, "image": self.image} if self.image else words

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Environment:
        """Return the environment that `as_json` gave."""
        path = Path(values["path"]) if values["path"] else None
        return cls(values["kind"], values["digest"], path, values.get("image", ""))


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
        ``host`` of what the probe commands print, interpreter and platform; for ``conda`` of
        lock and platform; for ``container`` of the image's digest and platform.

    Raises
    ------
    RegistryError
        Of kind ``environment``: a probe fails, the lock is missing.
    """
    spec = manifest.environment
    if spec.kind == "python":
        lock = sha256(_lock(manifest, folder).read_bytes()).hexdigest()
        minor = ".".join(map(str, sys.version_info[:2]))
        return _digest("python", lock, f"{platform.python_implementation()} {minor}")
    if spec.kind == "conda":
        return _digest("conda", sha256(_lock(manifest, folder).read_bytes()).hexdigest(), "")
    if spec.kind == "container":
        return _digest("container", spec.image.partition("@")[2], "")
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    return _digest("host", [_probe(words) for words in spec.probes], interpreter)


def locate(manifest: Manifest, folder: Path, environments: Path) -> Environment:
    """Return a recipe's environment as it will be; nothing is built.

    Parameters
    ----------
    manifest : Manifest
        Of the recipe.
    folder : pathlib.Path
        Its files.
    environments : pathlib.Path
        Holds ``<digest>/``.

    Returns
    -------
    Environment

    Raises
    ------
    RegistryError
        Of kind ``environment``.
    """
    kind, name = manifest.environment.kind, digest(manifest, folder)
    in_store = container.kept_as_file() if kind == "container" else kind != "host"
    place = environments / name if in_store else None
    return Environment(kind, name, place, manifest.environment.image)


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
    wanted = locate(manifest, folder, environments)
    place = environments / wanted.digest
    if wanted.kind == "container":
        container.fetch(place, wanted.image)
    elif wanted.kind != "host" and not place.is_dir():
        builder = python_environment if wanted.kind == "python" else conda_environment
        builder.build(place, _lock(manifest, folder))
    return wanted


def wrap(
    environment: Environment, argv: Sequence[str], around: Surroundings | None = None
) -> tuple[list[str], dict[str, str]]:
    """Return the command and the process environment that run it.

    Parameters
    ----------
    environment : Environment
        As `prepare` returned it.
    argv : sequence of str
        The recipe's command; ``python`` as first word becomes the environment's.
    around : Surroundings, optional
        What a container sees of the machine; by default the current folder alone.

    Returns
    -------
    argv : list of str
        To be started without a shell.
    environ : dict of str to str
        The whole environment: the caller's without settings of Python, git and cobrex (a
        database password among them), the environment's programs first in ``PATH``.
    """
    environ = _clean()
    if environment.kind == "container":
        around = around or Surroundings(Path.cwd())
        name = container.called(around.scratch)
        words = container.command(environment.path, environment.image, argv, around, name)
        return words, environ
    python = (
        Path(sys.executable) if environment.path is None else (environment.path / "bin" / "python")
    )
    environ["PATH"] = os.pathsep.join((str(python.parent), os.environ.get("PATH", os.defpath)))
    environ["PYTHONNOUSERSITE"] = "1"
    environ["PYTHONDONTWRITEBYTECODE"] = "1"
    if environment.path is not None:
        name = "CONDA_PREFIX" if environment.kind == "conda" else "VIRTUAL_ENV"
        environ[name] = str(environment.path)
    first = [str(python)] if argv[0] in _PYTHONS else [argv[0]]
    return [*first, *argv[1:]], environ


def release(environment: Environment, around: Surroundings) -> None:
    """End what a wrapped command may have left: a container does not die with its starter."""
    if environment.kind == "container":
        container.end(container.called(around.scratch))


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
        if name in _KEPT or not (name.startswith(_DROPPED) or name in _DROPPED_NAMES)
    }


@cache
def _probe(words: tuple[str, ...]) -> list[str]:
    """Return command and output; asked once in the life of a command, in an empty folder.

    Not in the person's: esorex writes a log wherever it is called.
    """
    argv, environ = wrap(Environment("host", ""), words)
    shown = " ".join(words)
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                argv,
                cwd=folder,
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
