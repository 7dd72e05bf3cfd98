"""kill -9 while a working folder is written: whole or not there."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recipe_folder import write_recipe

from cobrex_registry.admission.lint import lint

REPLACE = """
import sys
from pathlib import Path
from cobrex_registry.authoring.bump import write_number
from cobrex_registry.semver import Semver
print("ready", flush=True)
for n in range(1, 100000):
    write_number(Path(sys.argv[1]), Semver(1, 0, n))
"""
MAKE = """
import sys
from pathlib import Path
from cobrex_registry.authoring.scaffold import create
top = Path(sys.argv[1])
print("ready", flush=True)
for n in range(100000):
    if n % 2:
        (top / f"r{n}").mkdir()
    create(top / f"r{n}", "toy")
"""


def kill_at(code: str, folder: Path, delay: float) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(delay)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()


@pytest.mark.parametrize("seed", range(5))
def test_recipe_yaml_is_always_whole(tmp_path: Path, seed: int) -> None:
    folder = write_recipe(tmp_path / "toy")
    for _ in range(3):
        kill_at(REPLACE, folder, random.Random(seed).uniform(0.005, 0.1))
        assert lint(folder) == []
        assert sorted(p.name for p in folder.iterdir()) == ["recipe.yaml", "toy.py"]


@pytest.mark.parametrize("seed", range(5))
def test_a_new_folder_is_a_recipe_or_none(tmp_path: Path, seed: int) -> None:
    kill_at(MAKE, tmp_path, random.Random(seed).uniform(0.005, 0.2))
    for folder in tmp_path.glob("r*"):
        if (folder / "recipe.yaml").exists():
            assert lint(folder) == []
            assert len(list(folder.iterdir())) == 3
