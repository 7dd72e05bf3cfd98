"""docs/registry.md, a recipe in ten minutes: its commands work, one after another."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def script(house) -> str:
    section = (
        house.text("docs/registry.md").split("## A recipe in ten minutes")[1].split("\n## ")[0]
    )
    return "".join(re.findall(r"^```sh\n(.*?)^```$", section, re.M | re.S))


@pytest.mark.slow
def test_the_commands_of_the_page_work(script: str, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "cobrex"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cobrex "$@"\n')
    program.chmod(0o755)
    (program.parent / "python").symlink_to(sys.executable)
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    modules = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run(
        ["bash", "-eux", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONPATH": modules, "COBREX_HOME": str(tmp_path / "h")},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    for part in (
        "done draft-",
        "main/my_dark@0.1.0 is published",
        "done my_dark@0.1.0",
        "default 5.0 instead of 4.0",
        "main/my_dark@0.1.1 is published",
        "done my_dark@0.1.1",
    ):
        assert part in said, part
