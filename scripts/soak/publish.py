#!/usr/bin/env python3
"""Kill publishers at random instants: publish.py --kills 100."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/services"))

from recipe_folder import numbered

from cobrex_registry.checking.fsck import fsck
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry

PUBLISH = """
import sys
from pathlib import Path
from recipe_folder import numbered
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
registry = Registry.open(Path(sys.argv[1]))
print("ready", flush=True)
for minor in range(10_000):
    print(publish(registry, numbered(Path(sys.argv[2]), f"{sys.argv[3]}.{minor}.0")), flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    instant = random.Random(given.seed)
    said, longest = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "registry.git")
        registry = Registry.open(path)
        for number in range(1, given.kills + 1):
            work = Path(folder, f"w{number}")
            told = killed(path, work, number, instant.uniform(0, 0.4))
            said += len(told)
            kept = {str(one) for one in registry.versions("recipe", "toy")}
            assert told <= kept, f"{told - kept} was published, and is gone"
            started = time.monotonic()
            publish(registry, numbered(work / "next", f"{number}.10001.0"))
            longest = max(longest, time.monotonic() - started)
            if number % 10 == 0 or number == given.kills:
                report = fsck(registry)
                assert not report.findings, report.findings
        print(
            f"{given.kills} publishers killed after {said} versions they told of; "
            f"{len(registry.list('recipe'))} versions, all sound, none lost; the next one never "
            f"waited for a dead one (longest publish {longest:.2f} s)"
        )


def killed(path: Path, work: Path, number: int, seconds: float) -> set[str]:
    """Start a publisher, kill it and its git, return what it said is published."""
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(path), str(work), str(number)],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    said = set(process.stdout.read().split())
    process.stdout.close()
    process.wait()
    return said


if __name__ == "__main__":
    main()
