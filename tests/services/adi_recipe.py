"""The recipe adi_pca as a command, in the environment of its own lock file."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cobrex_registry.environments import environment
from cobrex_registry.recipe import manifest, parameters

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "recipes" / "adi_pca"


def read_manifest() -> manifest.Manifest:
    """Return the manifest."""
    return manifest.parse((FOLDER / manifest.FILE).read_text(encoding="utf-8"), manifest.FILE)


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
