"""Recipes that want more memory than there is, each in its own way; a real control group."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from astropy.io import fits
from toy_plan import process, raw, recipe, written

from cobrex.plan.file import PlanFile
from cobrex.process.attempt import make

GROWS = """
    kept = []
    while True:
        kept.append(bytearray(b"x" * (16 << 20)))
"""
LIMITED = """
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    bytearray(2 << 30)
"""
KILLED = "import os, signal; {}; os.kill(os.getpid(), signal.SIGKILL)"
MAKE = "import sys; from cobrex.plan.file import PlanFile; from cobrex.process.attempt import make"


def plan_of(tmp_path: Path, code: str, memory_mb: int = 200) -> PlanFile:
    frame = tmp_path / "a.fits"
    fits.PrimaryHDU(data=[[1, 2]]).writeto(frame, overwrite=True)
    limits = {"cores": 1, "memory_mb": memory_mb, "walltime_min": 1, "scratch_mb": 1}
    use = recipe(tmp_path / "recipe", code, manifest={"resources": limits})
    return written(tmp_path / "store", process(use, [raw(frame)]))


@pytest.mark.parametrize(
    ("code", "limit_mb", "reason", "words"),
    [
        (LIMITED, 200, "out-of-memory", "MiB of 200 MiB; exit code 1: MemoryError"),
        (KILLED.format("x = b'x' * (195 << 20)"), 200, "out-of-memory", "signal 9"),
        # the kernel counts what started it, too: here all that tests have imported
        (KILLED.format("x = 1"), 8000, "recipe-error", "signal 9"),
    ],
)
def test_by_its_last_words_and_by_its_size(tmp_path, code, limit_mb, reason, words):
    plan = plan_of(tmp_path, code, limit_mb)
    record = make(plan, *plan.members())
    assert (record["outcome"], record["reason"]) == ("failed", reason)
    assert words in record["message"]


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group of 400 MiB."""
    root = Path("/sys/fs/cgroup")
    old = (root / "memory" / "memory.limit_in_bytes").is_file()
    folder = (root / "memory" if old else root) / f"cobrex-test-{os.getpid()}"
    try:
        folder.mkdir()
        limit = "memory.limit_in_bytes" if old else "memory.max"
        (folder / limit).write_text(str(400 << 20))
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    yield folder
    folder.rmdir()


def test_by_the_kernel_that_ends_the_recipe_and_leaves_the_runner(tmp_path, group):
    plan = plan_of(tmp_path, GROWS, memory_mb=4000)  # its size would not tell
    (key,) = plan.members()
    join = f"open({str(group / 'cgroup.procs')!r}, 'w').write('0')"
    code = f"{MAKE}; {join}; make(PlanFile(sys.argv[1]), sys.argv[2])"
    argv = [sys.executable, "-c", code, str(plan.path), key]
    path = os.pathsep.join(p for p in sys.path if p)
    subprocess.run(argv, check=True, timeout=120, env={**os.environ, "PYTHONPATH": path})
    record = json.loads(Path(plan.record(key)).read_text())
    assert (record["reason"], record["exit_code"]) == ("out-of-memory", -9)
