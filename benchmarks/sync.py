"""Figures of sync at 10,000 versions, beside a git fetch of the same."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from registry import build, call, ms, ratio, row, timed

from cobrex_registry.discard import discard
from cobrex_registry.repository import Registry
from cobrex_registry.servers.peers import Peer
from cobrex_registry.servers.sync import sync


def main() -> None:
    """Build a registry, sync an empty one with it, and once more; print a table."""
    folder = Path(tempfile.mkdtemp())
    try:
        measure(folder)
    finally:
        discard(folder)


def measure(folder: Path) -> None:
    """Print the figures of a first sync and of one that finds nothing new."""
    there, here, plain = folder / "there.git", folder / "here.git", folder / "plain.git"
    for path in (there, here):
        Registry.open(path)
    build(there)
    call("git", "init", "--quiet", "--bare", str(plain))
    fetch = ("git", f"--git-dir={plain}", "fetch", "--quiet", "--no-tags", str(there),
             "refs/tags/*:refs/tags/*")  # fmt: skip
    print(f"load {os.getloadavg()[0]:.0f}, {os.cpu_count()} cores")
    row("", "cobrex", "git fetch", "ratio", "bar")
    peer = Peer("there", str(there))
    fetched = timed(lambda: call(*fetch), 1)
    first = timed(lambda: sync(Registry.open(here), peer, server="here"), 1)
    row("first sync, every version checked", ms(first), ms(fetched), ratio(first, fetched), "–")
    for what in ("loose refs", "packed refs"):
        if what == "packed refs":
            for path in (there, here, plain):
                subprocess.run(["git", f"--git-dir={path}", "pack-refs", "--all"], check=True)
        time.sleep(2.5)
        again = timed(lambda: call(*fetch), 3)
        mine = timed(lambda: sync(Registry.open(here), peer, server="here"), 5)
        row(f"nothing new, {what}", ms(mine), ms(again), ratio(mine, again), "1 s")


if __name__ == "__main__":
    main()
