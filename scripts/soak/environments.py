#!/usr/bin/env python3
"""Kill builders of an environment at random instants: environments.py --kills 100."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/services"))

from environment_kills import Builders


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    instant = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        builders = Builders(Path(folder))
        start = time.monotonic()
        builders.build(Path(folder, "first"))
        longest = time.monotonic() - start
        number = 0
        while builders.killed < given.kills:
            builders.round(Path(folder, str(number)), instant, longest)
            number += 1
    print(
        f"{builders.killed} builders killed within {longest:.1f} s of their start, "
        f"{builders.finished} were faster: nothing half built, no lock left held, "
        "the next builder always finished"
    )


if __name__ == "__main__":
    main()
