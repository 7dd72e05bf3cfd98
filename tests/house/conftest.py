"""The command line as people call it, and the pages that describe it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class House:
    """The project as it lies on disk."""

    root: Path = ROOT

    @property
    def pages(self) -> list[Path]:
        """README and everything under docs."""
        return [self.root / "README.md", *sorted((self.root / "docs").rglob("*.md"))]

    def text(self, name: str) -> str:
        """Return a page."""
        return (self.root / name).read_text(encoding="utf-8")

    def blocks(self, name: str) -> dict[str, str]:
        """Return the named code blocks of a page: `` `file`: `` above the fence."""
        return dict(_BLOCK.findall(self.text(name)))


@pytest.fixture(scope="session")
def house() -> House:
    return House()


Run = Callable[..., subprocess.CompletedProcess[str]]


def python(*words: str, cwd: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a Python of its own with the project's sources."""
    roots = os.pathsep.join(str(ROOT / name) for name in ("src", "registry", "db"))
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env={**os.environ, "PYTHONPATH": roots, **environ},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture
def cobrex(tmp_path: Path) -> Run:
    """``cobrex`` with a home of its own; settings are given by keyword."""

    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        home = str(tmp_path / "home")
        return python(
            "-m", "cobrex", *words, cwd=tmp_path, environ={"COBREX_HOME": home, **environ}
        )

    return run
