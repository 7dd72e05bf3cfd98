"""The recipe adi_pca as a command, in the environment of its own lock file."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cobrex_registry import environment, manifest, parameters, strict_yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "recipes" / "adi_pca"


def read_manifest() -> manifest.Manifest:
    """Return the manifest."""
    return manifest.parse((FOLDER / manifest.FILE).read_text(encoding="utf-8"), manifest.FILE)


def preset(name: str) -> dict[str, Any]:
    """Return the parameters of a shipped preset."""
    document = strict_yaml.load_file(ROOT / "presets" / "adi_pca" / f"{name}.yaml")
    return dict(document["parameters"])


def prepare(shared: Path) -> environment.Environment:
    """Build the environment, once for all who share the folder."""
    # packages of the machine's own cache, not of a test's empty home
    cache = os.environ.get("UV_CACHE_DIR") or f"{pwd.getpwuid(os.getuid()).pw_dir}/.cache/uv"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", cache)
        return environment.prepare(read_manifest(), FOLDER, shared / "recipe-environments")


def call(
    where: environment.Environment, sof: Path, given: Mapping[str, Any], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run the recipe in a folder, all parameters given."""
    known = read_manifest()
    words = parameters.as_options(parameters.resolve(known, given), known)
    argv, environ = environment.wrap(
        where, ["python", "-W", "error", str(FOLDER / "adi_pca.py"), str(sof), *words]
    )
    folder.mkdir(parents=True, exist_ok=True)
    environ["OMP_NUM_THREADS"] = "1"
    return subprocess.run(
        argv, cwd=folder, env=environ, capture_output=True, text=True, timeout=900, check=False
    )
