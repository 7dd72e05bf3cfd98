"""Imports star catalogues: one star of what they tell together, with all its names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine

from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError

from .catalogue_files import Record, read_records, recognise
from .catalogue_writer import CatalogueWriter, Written
from .crossmatch import Crossmatch
from .seeds import ensure_seeds

Progress = Callable[[int, int], None]

_KNOWN = "cross-id.dat, hip_pm.dat, name.fab, extra_name.fab, hip2.dat(.gz), bsc5.dat(.gz)"


@dataclass(slots=True)
class Imported:
    """What an import of catalogues did.

    Attributes
    ----------
    files : dict
        Records by file.
    stars : int
        Stars the catalogues tell of.
    written : Written
        What was new in the catalogue.
    contradictions : list of str
        Cross-identifications that positions show to be wrong; not imported.
    """

    files: dict[str, int] = field(default_factory=dict)
    stars: int = 0
    written: Written = field(default_factory=Written)
    contradictions: list[str] = field(default_factory=list)


def import_catalogues(
    engine: Engine, paths: Sequence[Path], progress: Progress | None = None
) -> Imported:
    """Import star catalogues; what they share is merged, what is known stays.

    All or nothing, and again is harmless. A star that headers told of before keeps its number and
    its frames.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        An open catalogue.
    paths : sequence of pathlib.Path
        Files, or folders whose known files are taken.
    progress : callable, optional
        Gets rows written and rows in all.

    Returns
    -------
    Imported

    Raises
    ------
    CatalogueError
        Of kind ``unknown-catalogue`` or ``catalogue-file``; nothing is imported then.
    """
    done = Imported()
    records: list[Record] = []
    for path, name in _files(paths):
        before = len(records)
        records.extend(read_records(path, name))
        done.files[path.name] = len(records) - before
    crossmatch = Crossmatch(records)
    stars = crossmatch.stars()
    done.stars, done.contradictions = len(stars), crossmatch.contradictions
    show = progress or (lambda _done, _total: None)

    def write(connection: Connection) -> Written:
        ensure_seeds(connection)
        return CatalogueWriter(connection, show).write(stars)

    done.written = transact(engine, write)
    return done


def _files(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    found: dict[Path, str] = {}
    for path in paths:
        if path.is_dir():
            inside = [p for p in sorted(path.iterdir()) if p.is_file() and not p.is_symlink()]
            known = {p: name for p in inside if (name := recognise(p))}
        else:
            known = {path: name} if (name := recognise(path)) else {}
        if not known:
            raise CatalogueError(
                f"{path} is no star catalogue that is known",
                hint=f"give files like these, or a folder with them: {_KNOWN}",
                kind="unknown-catalogue",
            )
        found |= known
    return list(found.items())
