"""Conda environments: built from an explicit lock by whichever conda there is."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from pathlib import Path

from cobrex_registry.discard import discard
from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.problems import Problem

from .built_once import Site, build_once

TOOLS = ("micromamba", "mamba", "conda")
MARK = "@EXPLICIT"
LIKE = "https://CHANNEL/linux-64/NAME-VERSION-BUILD.conda#sha256:<64 hex digits>"
PACKAGE = re.compile(
    r"(?P<url>(?P<channel>(?:https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|file://)/?[A-Za-z0-9._~/+-]*)"
    r"/(?P<subdir>[a-z0-9]+(?:-[a-z0-9_]+)?)/(?P<file>(?P<name>[a-z0-9_.-]+)"
    r"-(?P<version>[^-/#\s]+)-(?P<build>[A-Za-z0-9_.]+)\.(?:conda|tar\.bz2)))"
    r"#(?:sha256:)?(?P<hash>[0-9a-f]{64}|[0-9a-f]{32})"
)
_DROPPED = ("CONDA_", "MAMBA_", "PYTHON", "VIRTUAL_ENV")


def build(place: Path, lock: Path) -> None:
    """Build an environment unless it is there.

    Parameters
    ----------
    place : pathlib.Path
        Becomes a link to the folder it was built in: conda packages hold their own path.
    lock : pathlib.Path
        Packages as URLs with hashes.

    Raises
    ------
    RegistryError
        Of kind ``environment``: no tool, a package that cannot be had or has another hash.
    """
    build_once(place, "conda environment", lambda site: _make(site, lock), movable=False)


def check(name: str, text: str) -> list[Problem]:
    """Return what is wrong with a lock.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    text : str
        Its contents: comments, ``@EXPLICIT``, a URL with its hash a line.

    Returns
    -------
    list of Problem
    """
    hint = "conda-lock render --kind explicit, or conda list --explicit --sha256"
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1)]
    said = [(n, line) for n, line in lines if line and not line.startswith("#")]
    if not said or said[0][1] != MARK:
        return [Problem(name, said[0][0] if said else 0, f"does not begin with {MARK}", hint)]
    return [
        Problem(name, n, f"no package's URL with its hash: {line[:80]!r}", f"it looks like {LIKE}")
        for n, line in said[1:]
        if not PACKAGE.fullmatch(line)
    ]


def _make(site: Site, lock: Path) -> None:
    problems = check(lock.name, lock.read_text(encoding="utf-8", errors="replace"))
    if problems:
        raise RegistryError(str(problems[0]), kind="environment", hint=problems[0].hint)
    packages = site.folder.with_name(f"{site.folder.name}.packages")  # nothing is shared
    environ = {k: v for k, v in os.environ.items() if not k.startswith(_DROPPED)}
    environ["CONDA_PKGS_DIRS"] = str(packages)
    try:
        site.run(_command(site.folder, lock, packages), environ)
    finally:
        discard(packages)


def _command(folder: Path, lock: Path, packages: Path) -> list[str]:
    found = next((path for tool in TOOLS if (path := shutil.which(tool))), None)
    if found is not None:
        quiet = ["create", "--yes", "--quiet", "--prefix", str(folder), "--file", str(lock)]
        if Path(found).name == "micromamba":
            quiet[1:1] = ["--no-rc", "--root-prefix", str(packages)]
        return [found, *quiet]
    if importlib.util.find_spec("rattler") is not None:
        module = "cobrex_registry.environments.conda_packages"
        return [sys.executable, "-P", "-m", module, str(folder), str(lock), str(packages)]
    raise RegistryError(
        f"none of {', '.join(TOOLS)} is installed, nor py-rattler",
        kind="environment",
        hint="install micromamba, or: pip install py-rattler",
    )
