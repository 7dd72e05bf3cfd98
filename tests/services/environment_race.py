"""Builds one environment in a process of its own, to be raced and killed."""

from __future__ import annotations

import sys
from pathlib import Path

from cobrex_registry.environments.environment import prepare
from cobrex_registry.recipe.manifest import parse


def main(folder: Path, environments: Path) -> None:
    """Prepare the environment of the recipe in a folder; print where it is."""
    manifest = parse((folder / "recipe.yaml").read_text(encoding="utf-8"), "recipe.yaml")
    sys.stdout.write(f"{prepare(manifest, folder, environments).path}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
