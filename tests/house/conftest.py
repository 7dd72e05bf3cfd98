"""The command line as people call it, and the pages that describe it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import warm_cobrex
from own_python import ROOT, environment

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
def cobrex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``cobrex`` with a home of its own; settings are given by keyword."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        home = str(tmp_path / "home")
        return warm_cobrex.run(words, environment({"COBREX_HOME": home, **environ}), 300.0)

    return run
