"""Exports that are being made: whole at the end, or gone; those of the dead are cleared away."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cobrex.errors import UsageError
from cobrex_db import exports
from cobrex_db.engine import transact
from cobrex_registry.held import held

if TYPE_CHECKING:
    from sqlalchemy import Engine

_ENDING = ".partial"
_NAME = re.compile(r"\.(.+)\.[0-9a-f]{8}\.partial")
_LOCK = ".making"


@contextmanager
def made(engine: Engine, folder: Path) -> Iterator[Path]:
    """Make a folder whole or not at all.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    folder : pathlib.Path
        Not there yet, or empty.

    Yields
    ------
    pathlib.Path
        To be filled; what is noted of it in the catalogue is noted of the folder at the end, and
        of nothing when it fails.

    Raises
    ------
    UsageError
        Kind ``export-folder``: it cannot be made there.
    """
    partial = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}{_ENDING}")
    with ExitStack() as alive:
        try:
            partial.mkdir()
            alive.enter_context(held(partial / _LOCK))
        except OSError as error:
            raise UsageError(
                f"{partial.parent} takes no such folder: {error.strerror}",
                hint="give another one",
                kind="export-folder",
            ) from error
        try:
            yield partial
            partial.rename(folder)
        except OSError as error:
            _undo(engine, partial)
            raise UsageError(
                f"the export to {folder} ended: {error}",
                hint="see that there is room and that you may write there, or give another folder",
                kind="export-folder",
            ) from error
        except BaseException:
            _undo(engine, partial)
            raise
        _finish(engine, partial, folder)


def _undo(engine: Engine, partial: Path) -> None:
    shutil.rmtree(partial, ignore_errors=True)
    transact(engine, lambda c: exports.forget(c, str(partial)))


def _finish(engine: Engine, partial: Path, folder: Path) -> None:
    transact(engine, lambda c: exports.move(c, str(partial), str(folder)))
    (folder / _LOCK).unlink(missing_ok=True)


def clear(engine: Engine, user: str, parent: Path) -> None:
    """Clear away what exports that were killed have left on the disks that are seen from here.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    user : str
        Whose.
    parent : pathlib.Path
        A folder where they may have left something that the catalogue does not know.
    """
    with engine.connect() as connection:
        places = exports.places(connection, user, _ENDING)
    for place in {*map(Path, places), *parent.glob(f".*{_ENDING}")}:
        name = _NAME.fullmatch(place.name)
        with suppress(OSError):  # somebody makes it, or it is not ours to touch
            if name is None:
                continue
            if (place / _LOCK).is_file() and not place.is_symlink():
                with held(place / _LOCK, instead=BlockingIOError()):
                    _undo(engine, place)
            elif (place.with_name(name[1]) / _LOCK).is_file():
                _finish(engine, place, place.with_name(name[1]))
