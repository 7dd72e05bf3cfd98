"""Installs the conda packages of an explicit lock with py-rattler, where there is no conda."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import sys
from pathlib import Path
from typing import Any

from .conda_environment import MARK, PACKAGE


def records(text: str) -> list[Any]:
    """Return what py-rattler needs to know of the packages of a lock."""
    rattler: Any = importlib.import_module("rattler")
    build = getattr(rattler, "BuildString", str)  # a type of its own since 0.28
    found = []
    for line in text.splitlines():
        match = PACKAGE.fullmatch(line.strip())
        if match is None:
            if line.strip() and not line.startswith("#") and line.strip() != MARK:
                raise SystemExit(f"no package's URL with its hash: {line[:80]!r}")
            continue
        algorithm = "sha256" if len(match["hash"]) == 64 else "md5"
        if match["url"].startswith("file://"):
            _check_local(match["url"], algorithm, match["hash"])
        package = rattler.PackageRecord(
            name=match["name"],
            version=match["version"],
            build=build(match["build"]),
            build_number=0,
            subdir=match["subdir"],
            **{algorithm: bytes.fromhex(match["hash"])},
        )
        found.append(rattler.RepoDataRecord(package, match["file"], match["url"], match["channel"]))
    return found


def _check_local(url: str, algorithm: str, wanted: str) -> None:
    """Compare what py-rattler compares only of what it downloads."""
    path = Path(url.removeprefix("file://"))
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, algorithm).hexdigest()
    if found != wanted:
        raise SystemExit(f"{path.name} has the {algorithm} {found}, not {wanted}")


def main(prefix: str, lock: str, cache: str) -> None:
    """Install the packages of a lock: ``python -m ... PREFIX LOCK CACHE``."""
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
