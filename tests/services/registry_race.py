"""What processes that race for one registry do; spawned ones import it by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from recipe_folder import numbered

from cobrex_registry.errors import RegistryError
from cobrex_registry.materialise import intact, materialise
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry

T = TypeVar("T")


def race(action: Callable[[Path, Path], T], path: Path, others: Sequence[Path]) -> list[T]:
    """Call an action in as many processes at once as there are other paths."""
    with ProcessPoolExecutor(len(others), mp_context=get_context("spawn")) as pool:
        return list(pool.map(action, [path] * len(others), others))


def publish_one(path: Path, folder: Path) -> str:
    """Publish a folder; return its tree, or why not."""
    try:
        return publish(Registry.open(path), folder).tree_sha
    except RegistryError as error:
        return error.kind


def publish_hundred(path: Path, work: Path) -> int:
    """Publish a hundred versions of a major number, that of the folder's name; return how many."""
    registry = Registry.open(path)
    numbers = [f"{work.name.removeprefix('w')}.{minor}.0" for minor in range(100)]
    return len({publish(registry, numbered(work, number)).tag_sha for number in numbers})


def materialise_all(path: Path, cache: Path) -> int:
    """Materialise every version; return how many are intact."""
    registry = Registry.open(path)
    versions = registry.list("recipe")
    return sum(intact(materialise(registry, one, cache), one) for one in versions)
