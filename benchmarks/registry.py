"""Figures of the registry at 10,000 versions, beside what plain git takes for the same."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from cobrex_registry.discard import discard
from cobrex_registry.materialise import materialise
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from services.recipe_folder import manifest_text, numbered

RECIPES, VERSIONS, FILES = 250, 40, 8
WHO = "Ada <ada@example.org> 1700000000 +0000"


def main() -> None:
    """Build a registry, measure, print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, help="where to build; a temporary one by default")
    options.add_argument("--publishes", type=int, default=25, help="by each of eight processes")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(dir=given.folder))
    try:
        measure(folder, given.publishes)
    finally:
        discard(folder)


def measure(folder: Path, publishes: int) -> None:
    """Print the table of figures; those of plain git on the same repository beside them."""
    path = folder / "registry.git"
    Registry.open(path)
    build(path)
    git = ["git", f"--git-dir={path}"]
    print(f"load {os.getloadavg()[0]:.0f}, {os.cpu_count()} cores")
    row("", "cobrex", "plain git", "ratio", "bar")
    for what in ("loose refs", "packed refs"):
        if what == "packed refs":
            call(*git, "pack-refs", "--all")
        time.sleep(2.5)  # refs younger than two seconds are read by git every time
        figures(path, git, what)
    materialising(path, git, folder)
    publishing(path, folder, publishes)


def figures(path: Path, git: list[str], what: str) -> None:
    """Print what listing and resolving take."""
    every = [*git, "for-each-ref", "--format=%(refname)%(objectname)%(*tree)", "refs/tags/recipe/"]
    one = [*every[:-1], "refs/tags/recipe/main/r042/"]
    plain, single = timed(lambda: call(*every), 3), timed(lambda: call(*one), 9)
    first = timed(lambda: Registry.open(path).list("recipe"), 1)
    row(f"build the index, {what}", ms(first), ms(plain), ratio(first, plain), "–")
    again = timed(lambda: Registry.open(path).list("recipe"), 9)
    row(f"list, {what}", ms(again), ms(plain), ratio(again, plain), "100 ms")
    fresh = timed(lambda: Registry.open(path).resolve("recipe", "r042@^1.2"), 21)
    row(f"resolve, {what}", ms(fresh), ms(single), ratio(fresh, single), "5 ms")


def materialising(path: Path, git: list[str], folder: Path) -> None:
    """Print what the first and the next materialising take."""
    registry = Registry.open(path)
    versions = registry.list("recipe")[:: RECIPES * VERSIONS // 40]
    cache = folder / "cache"
    archives = iter(enumerate(versions))

    def archive() -> None:
        number, version = next(archives)
        into = folder / "archive" / str(number)
        into.mkdir(parents=True)
        packed = subprocess.run([*git, "archive", version.commit_sha], capture_output=True,
                                check=True)  # fmt: skip
        subprocess.run(["tar", "-x", "-C", str(into)], input=packed.stdout, check=True)

    plain = timed(archive, 20)
    todo = iter(versions)
    first = timed(lambda: materialise(registry, next(todo), cache), 20)
    row(f"materialise, first ({FILES} files)", ms(first), f"{ms(plain)} archive, tar",
        ratio(first, plain), "20 ms")  # fmt: skip
    cached = timed(lambda: materialise(registry, versions[0], cache), 41)
    row("materialise, cached and verified", ms(cached), "–", "–", "1 ms")


def publishing(path: Path, folder: Path, count: int) -> None:
    """Print how many versions a second eight processes publish at once."""
    folders = [[numbered(folder / f"w{k}" / f"{n}", f"{k}.{n}.0") for n in range(count)]
               for k in range(1, 9)]  # fmt: skip
    with ProcessPoolExecutor(8, mp_context=get_context("spawn")) as pool:
        list(pool.map(publish_all, [path] * 8, [[] for _ in range(8)]))  # started and imported
        started = time.perf_counter()
        used = sum(pool.map(publish_all, [path] * 8, folders)) / (8 * count)
        mine = 8 * count / (time.perf_counter() - started)
        started = time.perf_counter()
        list(pool.map(push_all, [path] * 8, [folder / f"push{k}" for k in range(8)], [5] * 8))
        plain = 40 / (time.perf_counter() - started)
    mine_too = f"{mine:.1f}/s ({used * 1000:.0f} ms CPU each)"
    plain_too = f"{plain:.1f}/s commit, tag, push"
    row("publish, 8 at once", mine_too, plain_too, f"{mine / plain:.1f} ×", "20/s")


def publish_all(path: Path, folders: list[Path]) -> float:
    """Publish folders one after the other; return the CPU seconds of it, git's included."""
    registry = Registry.open(path)
    started = cpu()
    for folder in folders:
        publish(registry, folder)
    return cpu() - started


def push_all(path: Path, work: Path, count: int) -> None:
    """Do by plain git what publishing does: commit, tag, push."""
    call("git", "init", "-q", str(work))
    git = ["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@b"]
    for n in range(count):
        numbered(work / "toy", f"9.{n}.0")
        call(*git, "add", "-A")
        call(*git, "commit", "-qm", "x")
        tag = f"push/{work.name}/{n}"
        call(*git, "tag", "-am", "x", tag)
        call(*git, "push", "-q", str(path), f"refs/tags/{tag}")


def build(path: Path) -> None:
    """Fill a registry by ``git fast-import``."""
    with subprocess.Popen(["git", f"--git-dir={path}", "fast-import", "--quiet"],
                          stdin=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdin is not None
        for part in stream():
            process.stdin.write(part)
    assert process.returncode == 0
    shutil.rmtree(path / "refs/heads", ignore_errors=True)
    (path / "refs/heads").mkdir()


def stream() -> Iterator[bytes]:
    """Yield the history of all recipes."""
    for number in range(RECIPES):
        name = f"r{number:03d}"
        others = [f"M 100644 inline {name}/m{n}.py\n".encode() + data(f"print({number}, {n})\n")
                  for n in range(FILES - 2)]  # fmt: skip
        for count in range(VERSIONS):
            version = f"{1 + count // 10}.{count % 10}.0"
            manifest = manifest_text(("name: toy\nversion", f"name: {name}\nversion"),
                                     ('"1.0.0"', f'"{version}"'))  # fmt: skip
            yield f"commit refs/heads/{name}\nmark :1\ncommitter {WHO}\n".encode() + data("x\n")
            yield b"" if count else b"deleteall\n"
            yield f"M 100644 inline {name}/recipe.yaml\n".encode() + data(manifest)
            yield f"M 100644 inline {name}/toy.py\n".encode() + data(f"print('{version}')\n")
            yield b"" if count else b"".join(others)
            yield f"tag recipe/main/{name}/{version}\nfrom :1\ntagger {WHO}\n".encode()
            yield data(f"recipe main/{name} {version}\n")


def data(text: str) -> bytes:
    """Return a block of fast-import."""
    return f"data {len(text.encode())}\n{text}\n".encode()


def call(*argv: str) -> None:
    """Run a command without the caller's configuration."""
    clean = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True, env=clean)


Taken = tuple[float, float]  # seconds by the clock, and of CPU


def timed(action: Callable[[], object], times: int) -> Taken:
    """Return the medians of what an action takes."""
    taken = []
    for _ in range(times):
        started, used = time.perf_counter(), cpu()
        action()
        taken.append((time.perf_counter() - started, cpu() - used))
    return median(wall for wall, _ in taken), median(used for _, used in taken)


def cpu() -> float:
    """Return the CPU seconds of this process and of those it has waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def ms(taken: Taken) -> str:
    """Return clock and CPU time in milliseconds."""
    return f"{taken[0] * 1000:.2f} ms ({taken[1] * 1000:.2f} CPU)"


def ratio(mine: Taken, plain: Taken) -> str:
    """Return how many times what git takes, by the clock."""
    return f"{mine[0] / plain[0]:.2f} ×"


def row(*cells: str) -> None:
    """Print a line of the table."""
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
