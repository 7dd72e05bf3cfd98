"""Shipping: what comes with cobrex enters the registry by itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from .documents.published import publish_document
from .errors import RegistryError
from .presets.published import publish_preset
from .publication import publish
from .repository import Registry
from .version import Version
from .written import replace

_STAMPS = "shipped"


def ensure_shipped(
    registry: Registry,
    recipes: Path,
    presets: Path,
    documents: Mapping[str, Path] = MappingProxyType({}),
) -> dict[str, RegistryError]:
    """Publish what ships and is not published yet.

    Nothing is read when no file changed since the last time. What cannot be published is told,
    not raised: one broken recipe does not keep the others from being used.

    Parameters
    ----------
    registry : Registry
        Where to; left alone when it may not be written.
    recipes : pathlib.Path
        Holds ``<recipe>/recipe.yaml``.
    presets : pathlib.Path
        Holds ``<recipe>/<preset>.yaml``.
    documents : mapping of str to pathlib.Path
        By kind, ``rules`` and ``workflow``, the folders that hold ``<name>.yaml``.

    Returns
    -------
    dict of str to RegistryError
        Why a recipe, by full name, could not be published; of a document ``kind/name``.
    """
    stamp = registry.path / _STAMPS / sha256(os.fsencode(recipes.absolute())).hexdigest()[:16]
    state = _state(recipes, presets, *documents.values())
    if _read(stamp) == state or not os.access(registry.path, os.W_OK):
        return {}
    blocked = _publish_all(registry, recipes, presets)
    for kind, folder in documents.items():
        for path in sorted(folder.glob("*.yaml")):
            action = partial(publish_document, registry, kind, path)
            _attempt(blocked, f"{kind}/{path.stem}", f"the {kind} {path.stem}", action)
    if not blocked:
        _remember(stamp, state)
    # who may not publish here uses what others have published
    return {name: error for name, error in blocked.items() if error.kind != "role"}


def _publish_all(registry: Registry, recipes: Path, presets: Path) -> dict[str, RegistryError]:
    blocked: dict[str, RegistryError] = {}
    for path in sorted(recipes.glob("*/recipe.yaml")):
        action = partial(publish, registry, path.parent)
        _attempt(blocked, f"main/{path.parent.name}", f"the recipe {path.parent.name}", action)
    for path in sorted(presets.glob("*/*.yaml")):
        shipped = partial(publish_preset, registry, path)
        _attempt(blocked, f"main/{path.parent.name}", f"the recipe {path.parent.name}", shipped)
    return blocked


def _attempt(
    blocked: dict[str, RegistryError], name: str, called: str, action: Callable[[], Version]
) -> None:
    try:
        action()
    except RegistryError as error:
        blocked.setdefault(
            name,
            RegistryError(
                f"{called} that ships cannot be used: {error.message}",
                hint=error.hint,
                kind=error.kind,
            ),
        )


def _state(*folders: Path) -> str:
    """Return a digest of names, sizes and times: what tells that nothing changed."""
    lines = []
    for folder in folders:
        for parent, names, files in os.walk(folder):
            names[:] = sorted(name for name in names if name != "__pycache__")
            for name in sorted(files):
                status = (Path(parent) / name).lstat()
                lines.append(
                    f"{parent}/{name} {status.st_size} {status.st_mtime_ns} "
                    f"{status.st_ctime_ns} {status.st_mode}"
                )
    return sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _read(stamp: Path) -> str:
    try:
        return stamp.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _remember(stamp: Path, state: str) -> None:
    try:
        stamp.parent.mkdir(exist_ok=True)
        replace(stamp, state.encode("ascii"))
    except OSError:
        return  # it is looked at again the next time; nothing else is lost
