"""What a person supplies for frames: YAML beside the file, in its folder, or ``--set``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from cobrex_db.errors import CatalogueError
from cobrex_db.fits_blocks import compression
from cobrex_db.reading import BY_SET
from cobrex_registry.errors import RegistryError
from cobrex_registry.reading import strict_yaml

FOLDER_FILE = "cobrex.yaml"
Values = dict[str, Any]
_HINT = "a side-car is `key: value` lines, such as `target: HD 39060`"


class Sidecars:
    """Looks up what is supplied for a file.

    ``cube.fits.yaml`` or ``cube.yaml`` beside ``cube.fits`` is for that file; ``cobrex.yaml`` in
    its folder has an entry for each name or pattern (``"*_psf.fits": {...}``). What is nearer to
    the file wins, ``--set`` wins over all.

    Parameters
    ----------
    given : mapping, optional
        ``--set`` values.
    shared : pathlib.Path, optional
        A file like ``cobrex.yaml`` for folders that cannot be written.
    """

    def __init__(self, given: Mapping[str, str] | None = None, shared: Path | None = None) -> None:
        self._given = {key: _entry(value, BY_SET) for key, value in (given or {}).items()}
        self._shared = _read_folder_file(str(shared)) if shared is not None else {}
        self._shared_name = f"side-car {shared.name}" if shared is not None else ""
        self._folder = ""
        self._names: frozenset[str] = frozenset()
        self._entries: Mapping[str, Values] = {}
        self._unreadable: CatalogueError | None = None

    def __call__(self, path: str) -> dict[str, dict[str, Any]] | None:
        """Return what is supplied for a file.

        Parameters
        ----------
        path : str
            Absolute.

        Returns
        -------
        dict or None
            ``{key: {"value": ..., "source": ...}}``.

        Raises
        ------
        CatalogueError
            Kind ``side-car``: the YAML cannot be read or is no mapping of plain values.
        """
        folder, name = os.path.split(path)
        if folder != self._folder:
            self._enter(folder)
        if self._unreadable is not None:
            raise self._unreadable
        found: dict[str, dict[str, Any]] = {}
        _add(found, _matching(self._shared, name), self._shared_name)
        _add(found, _matching(self._entries, name), f"side-car {FOLDER_FILE}")
        for beside in (f"{_stem(name)}.yaml", f"{name}.yaml"):
            if beside in self._names and beside != FOLDER_FILE:
                values = _plain(_load(os.path.join(folder, beside)), beside)  # noqa: PTH118
                _add(found, values, f"side-car {beside}")
        found |= self._given
        return found or None

    def _enter(self, folder: str) -> None:
        self._folder = folder
        self._entries, self._unreadable = {}, None
        with os.scandir(folder) as entries:
            self._names = frozenset(e.name for e in entries if e.name.endswith(".yaml"))
        if FOLDER_FILE in self._names:
            try:
                self._entries = _read_folder_file(os.path.join(folder, FOLDER_FILE))  # noqa: PTH118
            except CatalogueError as error:
                self._unreadable = error


def _stem(name: str) -> str:
    packed = name.rpartition(".")[0] if compression(name) else name
    return packed.rpartition(".")[0]


def _matching(entries: Mapping[str, Values], name: str) -> Values:
    found: Values = {}
    for pattern, values in entries.items():
        if pattern != name and fnmatchcase(name, pattern):
            found |= values
    return found | entries.get(name, {})


def _read_folder_file(path: str) -> dict[str, Values]:
    name = os.path.basename(path)  # noqa: PTH119
    content = _load(path)
    if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
        raise _error(f"{path} is no mapping of file names", '`"*_psf.fits": {target: HD 39060}`')
    return {key: _plain(values, f"{name}: {key}") for key, values in content.items()}


def _load(path: str) -> Any:
    try:
        return strict_yaml.load_file(Path(path))
    except RegistryError as error:
        raise _error(error.message, error.hint or _HINT) from error


def _plain(content: Any, where: str) -> Values:
    if not isinstance(content, Mapping):
        raise _error(f"{where} is no mapping of keys to values", _HINT)
    for key, value in content.items():
        plain = value is None or isinstance(value, str | int | float | bool)
        if not isinstance(key, str) or not plain:
            raise _error(f"{where}: {key!r} is no plain value", _HINT)
    return dict(content)


def _add(found: dict[str, dict[str, Any]], values: Mapping[str, Any], source: str) -> None:
    for key, value in values.items():
        found[key] = _entry(value, source)


def _entry(value: Any, source: str) -> dict[str, Any]:
    return {"value": value, "source": source}


def _error(message: str, hint: str) -> CatalogueError:
    return CatalogueError(message, hint=hint, kind="side-car")
