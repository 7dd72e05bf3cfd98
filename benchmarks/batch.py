"""What batches cost: against xargs and plain Snakemake, again, at 100,000, on SLURM, over time."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from batch_world import RECIPES, ROOT, Recipe, World, cpu

sys.path.insert(0, str(ROOT / "tests" / "services"))
from slurm_cluster import SlurmCluster

SNAKEFILE = """
N = {count}
rule all:
    input: expand("made/{{n}}.dat", n=[f"{{i:06d}}" for i in range(N)])
rule copy:
    input: "{frames}/T{{n}}.fits"
    output: "made/{{n}}.dat"
    shell: "{command} if={{input}} of={{output}}"
"""
DRY = """
executor: local
dry-run: true
scheduler: greedy
rerun-triggers: [input]
"""
CODES = (0, 5, 6, 130)


DRY_SAID = b"This was a dry-run"


class Resident(threading.Thread):
    """Samples the resident memory of the driver, MiB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.sizes: list[float] = []

    def run(self) -> None:
        """Sample until the driver has ended."""
        status = Path(f"/proc/{self.pid}/status")
        while status.exists():
            lines = status.read_text(encoding="ascii").splitlines()
            self.sizes += [int(x.split()[1]) / 1024 for x in lines if x.startswith("VmRSS")]
            time.sleep(1.0)

    def quarters(self) -> str:
        """Return the size at the quarters of the way."""
        if not self.sizes:
            return "-"
        last = len(self.sizes) - 1
        return " ".join(f"{self.sizes[last * n // 4]:.0f}" for n in range(5))


def tell(what: str, seconds: float, count: int, note: str = "") -> None:
    print(f"| {what} | {seconds:.2f} s | {1000 * seconds / count:.2f} ms | {note} |", flush=True)


def xargs(world: World, recipe: Recipe, count: int) -> float:
    """Run the recipe's command on the same frames."""
    made = world.folder / "made.dat"
    frames = [world.frames / f"T{n:06d}.fits" for n in range(count)]
    lines = "".join(f"if={frame} of={made}\n" for frame in frames)
    argv = ["xargs", "-P2", "-L1", *recipe.argv(world.script(recipe))]
    with cpu() as used:
        subprocess.run(argv, input=lines, text=True, check=True)
    return used[0]


def plain(world: World, recipe: Recipe, count: int) -> float:
    """Run the same commands by Snakemake with its defaults."""
    folder = Path(tempfile.mkdtemp(dir=world.folder))
    command = " ".join(recipe.argv(world.script(recipe)))
    text = SNAKEFILE.format(count=count, frames=world.frames, command=command)
    (folder / "Snakefile").write_text(text, encoding="utf-8")
    with cpu() as used:
        subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "2"],
            cwd=folder, check=True, capture_output=True, env=world.environment(),
        )  # fmt: skip
    return used[0]


def stop_after_dry_run(driver: subprocess.Popen[bytes], folder: Path) -> None:
    """End a batch whose Snakemake only says what it would do."""
    log = folder / "snakemake.log"
    while driver.poll() is None:
        if log.exists() and DRY_SAID in log.read_bytes():
            driver.terminate()
            return
        time.sleep(0.5)


def batch(
    world: World, recipe: Recipe, name: str, *words: str, dry: bool = False
) -> tuple[float, Resident]:
    """Reduce all frames; CPU seconds, and how large the driver was."""
    asked = ["reduce", "--frame", "TOY_RAW", "--recipe", recipe.name, "--name", name, "-j", "2"]
    argv = [sys.executable, "-m", "cobrex", *asked, *words]
    log = world.folder / f"{name}.txt"
    with cpu() as used, log.open("w", encoding="utf-8") as said:
        driver = subprocess.Popen(argv, env=world.environment(), stdout=said, stderr=said)
        resident = Resident(driver.pid)
        resident.start()
        if dry:
            stop_after_dry_run(driver, world.home / "store" / "batches" / name)
        driver.wait()
    if driver.returncode not in CODES:
        raise SystemExit(log.read_text(encoding="utf-8")[-2000:])
    return used[0], resident


def local(world: World, recipes: Sequence[Recipe], count: int) -> None:
    """a, c, f: a first batch, one that does nothing, one with what the first has taught."""
    for recipe in recipes:
        bound = xargs(world, recipe, count)
        tell(f"{recipe.name}: xargs -P2", bound, count)
        for name in ("first", "second"):
            words = ("--force",) if name == "second" else ()
            taken, resident = batch(world, recipe, f"{recipe.name}-{name}", *words)
            note = f"{taken / bound:.1f} x xargs; driver {resident.quarters()} MiB"
            tell(f"{recipe.name}: {name} batch", taken, count, note)
        with cpu() as used:
            world.reduce(recipe)
        tell(f"{recipe.name}: nothing to do", used[0], count)


def against_snakemake(world: World, recipes: Sequence[Recipe], count: int) -> None:
    """b: plain Snakemake, and the same as a batch."""
    for recipe in recipes:
        bound = plain(world, recipe, count)
        tell(f"{recipe.name}: plain Snakemake", bound, count)
        taken, _ = batch(world, recipe, f"{recipe.name}-plain")
        tell(f"{recipe.name}: first batch", taken, count, f"{bound / taken:.1f} x less")


def many(world: World, recipes: Sequence[Recipe], count: int) -> None:
    """d: planned, launched without making anything, listed."""
    profile = world.folder / "dry"
    profile.mkdir(exist_ok=True)
    (profile / "config.yaml").write_text(DRY, encoding="utf-8")
    recipe = recipes[0]
    with cpu() as used:
        world.reduce(recipe, "--dry-run")
    tell("planned (--dry-run)", used[0], count)
    taken, resident = batch(world, recipe, "many", "--profile", str(profile), dry=True)
    tell("planned, claimed, Snakemake -n", taken, count, f"{max(resident.sizes):.0f} MiB")
    for words in (("batch", "show", "many"), ("batch", "list")):
        with cpu() as used:
            world.cobrex(*words, codes=CODES)
        tell(" ".join(words), used[0], count)


def on_slurm(world: World, recipes: Sequence[Recipe], count: int) -> None:
    """e: how often something is submitted, and what it costs."""
    cluster = SlurmCluster(nodes=2, cpus=2)
    try:
        cluster.start()
        os.environ.update(cluster.environment())
        for name in ("first", "second"):
            words = ("--force",) if name == "second" else ()
            taken, _ = batch(world, recipes[0], f"slurm-{name}", "--profile", "slurm", *words)
            log = world.home / "store" / "batches" / f"slurm-{name}" / "snakemake.log"
            jobs = log.read_text(encoding="utf-8").count("has been submitted with SLURM jobid")
            tell(f"SLURM, {name} batch", taken, count, f"{jobs} submissions; nodes not counted")
    finally:
        cluster.remove()


PARTS = {
    "local": (local, 10_000),
    "snakemake": (against_snakemake, 1_000),
    "many": (many, 100_000),
    "slurm": (on_slurm, 1_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="all of them by default")
    parser.add_argument("--count", type=int, help="processes, instead of those of the issue")
    names = {recipe.name: recipe for recipe in RECIPES}
    parser.add_argument("--recipe", action="append", choices=names, help="all of them by default")
    asked = parser.parse_args()
    recipes = [names[name] for name in asked.recipe or names]
    for part in asked.part or PARTS:
        measure, usual = PARTS[part]
        count = asked.count or usual
        with tempfile.TemporaryDirectory(prefix="cobrex-batch-") as folder:
            world = World(Path(folder))
            with cpu() as used:
                world.build(count)
            print(f"\n{part}, {count} processes, load {os.getloadavg()[0]:.0f}\n")
            tell("instrument, recipes, import", used[0], count)
            measure(world, recipes, count)


if __name__ == "__main__":
    main()
