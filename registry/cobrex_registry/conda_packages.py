"""Installs the conda packages of an explicit lock with py-rattler, where there is no conda.

Called as ``python -m cobrex_registry.conda_packages PREFIX LOCK CACHE``.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

from .conda_environment import MARK, PACKAGE


def records(text: str) -> list[Any]:
    """Return what py-rattler needs to know of the packages of a lock."""
    rattler: Any = importlib.import_module("rattler")
    found = []
    for line in text.splitlines():
        match = PACKAGE.fullmatch(line.strip())
        if match is None:
            if line.strip() and not line.startswith("#") and line.strip() != MARK:
                raise SystemExit(f"no package's URL with its hash: {line[:80]!r}")
            continue
        algorithm = "sha256" if len(match["hash"]) == 64 else "md5"
        package = rattler.PackageRecord(
            name=match["name"],
            version=match["version"],
            build=match["build"],
            build_number=0,
            subdir=match["subdir"],
            **{algorithm: bytes.fromhex(match["hash"])},
        )
        found.append(rattler.RepoDataRecord(package, match["file"], match["url"], match["channel"]))
    return found


def main(prefix: str, lock: str, cache: str) -> None:
    """Install the packages of a lock into a prefix."""
    rattler: Any = importlib.import_module("rattler")
    wanted = records(Path(lock).read_text(encoding="utf-8"))
    asyncio.run(
        rattler.install(
            wanted,
            target_prefix=prefix,
            cache_dir=Path(cache),
            execute_link_scripts=False,
            show_progress=False,
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
