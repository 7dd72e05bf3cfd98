"""The command line as people call it, and the pages that describe it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from own_python import ROOT, python

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


@pytest.fixture
def cobrex(tmp_path: Path) -> Run:
    """``cobrex`` with a home of its own; settings are given by keyword."""

    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        home = str(tmp_path / "home")
        return python(
            "-m", "cobrex", *words, cwd=tmp_path, environ={"COBREX_HOME": home, **environ}
        )

    return run
