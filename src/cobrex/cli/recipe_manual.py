"""cobrex recipe manual: a recipe's page, for people."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cobrex_registry.recipe.manifest import Manifest
    from cobrex_registry.recipe.preset import Preset
    from cobrex_registry.store.tree_files import TreeFile

_PIPE_WIDTH = 80


def manual(
    recipe: Annotated[
        str, typer.Argument(help="NAME, NAME@VERSION, NAME#CHANNEL, or the path of a folder.")
    ],
) -> None:
    """Show the manual page of a recipe: what it takes, makes and measures, and how to set it."""
    from cobrex_registry.recipe.manual import manual as page_of

    from .output import terminal_width

    manifest, name, presets, files = _read(recipe)
    width = terminal_width() or _PIPE_WIDTH
    page = page_of(manifest, name=name, presets=presets, files=files, width=width)
    if not (sys.stdout.isatty() and _paged(page)):
        sys.stdout.write(page)


def _read(recipe: str) -> tuple[Manifest, str, Mapping[str, Preset], list[TreeFile]]:
    from cobrex import settings
    from cobrex.registry import open_registry
    from cobrex_registry.authoring import working_copy
    from cobrex_registry.materialise import materialise
    from cobrex_registry.presets.published import presets_for
    from cobrex_registry.recipe.manifest import FILE, parse
    from cobrex_registry.semver import Semver
    from cobrex_registry.store.tree_files import read_tree
    from cobrex_registry.version import Version

    current = settings.load()
    registry = open_registry(current)
    if working_copy.is_path(recipe):
        folder = working_copy.folder_of(recipe)
        text = (folder / FILE).read_text(encoding="utf-8-sig", errors="replace")
        manifest, name = parse(text, str(folder / FILE)), recipe
        number = Semver.parse(manifest.version)
        version = Version("recipe", "main", manifest.name, number, "", "", "")
    else:
        version = registry.resolve("recipe", recipe)
        manifest, name = registry.manifest(version), version.full_name.removeprefix("main/")
        folder = materialise(registry, version, current.cache)
    return manifest, name, presets_for(registry, version), read_tree(folder)[0]


def _paged(page: str) -> bool:
    """Hand a page to the person's pager; no shell has a look at PAGER."""
    try:
        words = shlex.split(os.environ.get("PAGER", "")) or ["less"]
    except ValueError:
        return False
    if shutil.which(words[0]) is None:
        return False
    environment = {"LESS": "FRX", **os.environ}
    # ^C is for the pager; a handler, unlike SIG_IGN, is not handed down to it
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        subprocess.run(words, input=page, text=True, env=environment, check=False)
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, before)
    return True
