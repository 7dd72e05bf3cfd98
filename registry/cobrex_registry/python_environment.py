"""Python environments: built by uv from a lock, once, in one piece or not at all."""

from __future__ import annotations

import fcntl
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .discard import discard
from .errors import RegistryError

BUILD_TIMEOUT_S = 3600.0


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
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(place.with_name(f"{place.name}.lock")):
            if not place.is_dir():
                _build(place, lock)
    except OSError as error:
        raise RegistryError(
            f"{place} cannot be written: {error.strerror or error}",
            kind="environment",
            hint="see that you may write to the store and its disk is not full",
        ) from error


def _build(place: Path, lock: Path) -> None:
    for rest in place.parent.glob(f".{place.name}.*"):
        discard(rest)  # its builder is dead: we hold the lock
    temporary = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    try:
        uv, python = _uv(), temporary / "bin" / "python"
        _run(
            uv,
            "venv",
            "--quiet",
            "--relocatable",
            "--no-python-downloads",
            "--no-project",
            "--allow-existing",
            "--python",
            sys.executable,
            str(temporary),
        )
        _run(
            uv,
            "pip",
            "install",
            "--quiet",
            "--python",
            str(python),
            "--require-hashes",
            "--link-mode",
            "copy",
            "--compile-bytecode",
            "--strict",
            "--no-progress",
            "--requirements",
            str(lock),
        )
        temporary.chmod(0o755)
        temporary.rename(place)
    finally:
        discard(temporary)


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


def _run(uv: str, *arguments: str) -> None:
    dropped = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "CONDA_PREFIX"}
    environ = {name: value for name, value in os.environ.items() if name not in dropped}
    environ.setdefault("UV_SYSTEM_CERTS", "true")  # sites have authorities of their own
    try:
        done = subprocess.run(
            [uv, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=BUILD_TIMEOUT_S,
            check=False,
            env=environ,
        )
    except subprocess.TimeoutExpired as error:
        raise RegistryError(
            "building the Python environment took longer than an hour",
            kind="environment",
            hint="see whether the package index answers",
        ) from error
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        told = "\n  ".join(line.strip() for line in lines[-8:])
        raise RegistryError(
            f"the Python environment cannot be built:\n  {told}",
            kind="environment",
            hint="mend the lock file, or see whether the package index answers",
        )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that the kernel releases when we die."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
