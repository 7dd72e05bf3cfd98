"""A Python of its own that sees the project's sources."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = os.pathsep.join(str(ROOT / name) for name in ("src", "registry", "db"))


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child: the caller's, the sources, and what is given."""
    return {**os.environ, "PYTHONPATH": SOURCES, **environ}


def python(*words: str, cwd: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment(environ), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
