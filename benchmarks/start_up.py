"""CPU of commands as whole processes, as ratios to importing typer and sqlalchemy alone."""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

COMMANDS = {
    "import typer, sqlalchemy": ["-c", "import typer, sqlalchemy"],
    "cobrex --help": ["-m", "cobrex", "--help"],
    "cobrex find --star HR100": ["-m", "cobrex", "find", "--star", "HR100"],
    "cobrex find --star HR100 --json": ["-m", "cobrex", "find", "--star", "HR100", "--json"],
}


def cpu_s(argv: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COBREX_HOME": folder}
        night = str(Path(folder) / "night")
        for words in (["simulate", "night", night, "--seed", "1"], ["import", night]):
            subprocess.run(
                [sys.executable, "-m", "cobrex", *words],
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(runs):  # in turn, so that a slow moment meets all of them
            for name, words in COMMANDS.items():
                times[name].append(cpu_s([sys.executable, *words], environment))
    first = next(iter(COMMANDS))
    print(f"{'command':36} {'CPU s, median':>14} {'min':>6} {'max':>6} {'ratio':>6}")
    for name, values in times.items():
        ratio = statistics.median(a / b for a, b in zip(values, times[first], strict=True))
        print(
            f"{name:36} {statistics.median(values):14.3f} {min(values):6.3f} "
            f"{max(values):6.3f} {ratio:6.2f}"
        )


if __name__ == "__main__":
    main()
