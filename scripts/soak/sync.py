#!/usr/bin/env python3
"""Random histories of two to four servers, broken off and killed: sync.py --seeds 100."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/services"))

from lossy_network import Cutter, Daemon
from server_history import History


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=40)
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    start = time.monotonic()
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory() as name, Daemon(Path(name)) as daemon:
            cutter = Cutter(daemon.port)
            folder = Path(name) / "history"
            folder.mkdir()
            history = History(folder, seed, daemon, cutter)
            try:
                for _ in range(given.steps):
                    history.step()
                history.settle()
            except BaseException:
                print(f"seed {seed} after {dict(history.counts)}")
                raise
            finally:
                cutter.close()
            counts += history.counts
    told = ", ".join(f"{what} {number}" for what, number in sorted(counts.items()))
    print(
        f"{given.seeds} histories in {time.monotonic() - start:.0f} s ({told}): "
        "no version lost or changed, all agree but for the conflicts, which are listed"
    )


if __name__ == "__main__":
    main()
