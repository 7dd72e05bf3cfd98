"""Somebody else's catalogue can be asked without the right to write it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from toy_world import World


def without_rights(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as one who may not write; root gives its power up."""
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    return subprocess.run(
        [*drop, *world.argv(*words)], env=world.environment(), capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="no setpriv (util-linux)")
def test_find_needs_no_right_to_write(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.frame("sci1", "HR 100")
    world.cobrex("import", str(world.data))
    store = world.home / "store"
    files = [store, *store.rglob("*")]
    for path in files:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        found = without_rights(world, "find", "--star", "HR100", "--json")
        imported = without_rights(world, "import", str(world.data))
    finally:
        for path in files:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert found.returncode == 0, found.stderr
    assert "sci1.fits" in found.stdout
    assert imported.returncode == 4
    assert "Traceback" not in imported.stderr
