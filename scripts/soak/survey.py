#!/usr/bin/env python3
"""A simulated survey on one machine and on SLURM, product by product: survey.py --stars 20."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/services"))

from equal_products import differences
from slurm_cluster import SlurmCluster, quick_profile

from cobrex.simulate.irdis_night import Request, simulate_irdis

SETTINGS = ("--set", "forward_model=false")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stars", type=int, default=20)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--ndit", type=int, default=3)
    parser.add_argument("--crop", type=int, default=61)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        asked = Request(seed=given.seed, stars=given.stars, side=given.side, ndit=given.ndit)
        made = simulate_irdis(folder / "nights", asked)
        (folder / "targets.txt").write_text("".join(f"{name}\n" for name in made.truth["stars"]))
        words = ("reduce", f"@{folder / 'targets.txt'}", "--workflow", "irdis_dbi", *SETTINGS,
                 "--set", f"crop_px={given.crop}", "--name", "survey")  # fmt: skip
        local, slurm = folder / "local", folder / "slurm"
        environments = folder / "environments"
        environments.mkdir()
        for home in (local, slurm):
            (home / "store").mkdir(parents=True)
            (home / "store" / "environments").symlink_to(environments)
            cobrex(home, {}, "import", str(made.folder))
        cobrex(local, {}, *words)
        cluster = SlurmCluster(cpus=1, memory_mb=20_000)  # the recipes ask for up to 8 GiB
        try:
            cluster.start()
            profile = quick_profile(folder / "profile")
            cobrex(slurm, cluster.environment(), *words, "--profile", profile)
        finally:
            cluster.remove()
        compare(products(local), products(slurm))


def cobrex(home: Path, more: dict[str, str], *words: str) -> str:
    """Run a command; tell what it cost."""
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "cobrex", *words],
        env={**os.environ, **more, "COBREX_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if words[0] in {"import", "reduce"}:
        clock = time.monotonic() - begun
        print(
            f"{home.name:<6} {words[0]:<7} exit code {done.returncode}, "
            f"{clock:.0f} s, {cpu:.0f} s CPU"
        )
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


def products(home: Path) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the products of a home by process and role."""
    words = ("find", "--product", "--limit", "0", "--json", "--columns", "frame_type,verdict,path")
    rows = json.loads(cobrex(home, {}, *words))
    return {Path(row["path"]).parts[-3::2]: row for row in rows}


def unequal(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return how two products differ; pictures only in their verdict."""
    found = [] if one["verdict"] == other["verdict"] else ["verdict"]
    if one["path"].endswith(".fits"):
        found += differences(Path(one["path"]), Path(other["path"]))
    return found


def compare(one: dict[tuple[str, ...], Any], other: dict[tuple[str, ...], Any]) -> None:
    """Print how many products are equal, and what differs."""
    both = one.keys() & other.keys()
    unlike = {key: found for key in both if (found := unequal(one[key], other[key]))}
    print(f"{len(both) - len(unlike)} of {len(one)} products are equal; "
          f"{len(one.keys() ^ other.keys())} in one only")  # fmt: skip
    for which, found in sorted(unlike.items()):
        key, name = which
        print(f"  {key[:8]} {one[which]['frame_type']} {name}: {', '.join(found)}")


if __name__ == "__main__":
    main()
