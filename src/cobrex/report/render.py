"""Writes the report of a batch from its finished records."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from cobrex.errors import CobrexError

from .book import Book
from .collect import collect
from .entry import Entry, Record
from .failures_page import Gap, failures_page
from .publish import publish


def write_report(
    batch_folder: Path,
    records: Iterable[tuple[Record, Path]],
    *,
    gaps: Sequence[Gap] = (),
    title: str,
    home: Path,
    others: Mapping[str, int] = MappingProxyType({}),
    pages: int | None = None,
) -> Path:
    """Write ``report.html`` (or ``report.zip``) and ``failures.html`` of a batch.

    Parameters
    ----------
    batch_folder : pathlib.Path
        Where both are put; earlier ones are replaced.
    records : iterable of (mapping, pathlib.Path)
        A ``record/1`` with the attempt's folder, in the order they ended: of a key's attempts the
        last is shown.
    gaps : sequence of mapping
        What could not be planned: ``recipe``, ``main``, ``message``, ``hint``.
    title : str
        What the batch is called.
    home : pathlib.Path
        Holds ``rules/report.css``; nothing is written there.
    others : mapping of str to int
        How many more processes there are, by status: they are counted, not shown.
    pages : int, optional
        Most pages of processes (`cobrex.report.collect.how_many`).

    Returns
    -------
    pathlib.Path
        The report: HTML up to 500 pages and pictures and 20 MB of pictures, above a zip with
        ``report/report.html``.

    Raises
    ------
    CobrexError
        When Snakemake's reporter fails (``failures.html`` is there all the same), or the folder
        cannot be written.
    """
    latest = {str(record.get("key")): Entry(record, folder) for record, folder in records}
    entries = list(latest.values())
    try:
        with tempfile.TemporaryDirectory(prefix=".report-", dir=batch_folder) as scratch:
            work = Path(scratch)
            failures = work / "failures.html"
            failures.write_text(failures_page(title, entries, gaps), encoding="utf-8")
            _put(failures, batch_folder)
            book = collect(work, entries, gaps, title, others=others, pages=pages)
            made = work / ("report.html" if book.embedded else "report.zip")
            _draw(book, made, home / "rules" / "report.css", batch_folder / "report.log")
            _put(made, batch_folder)
        other = "report.zip" if book.embedded else "report.html"
        (batch_folder / other).unlink(missing_ok=True)
    except OSError as error:
        raise CobrexError(
            f"the report of {batch_folder} cannot be written: {error}",
            hint="make room, or mend the permissions of that folder",
            kind="report",
        ) from error
    return batch_folder / made.name


def _put(made: Path, folder: Path) -> None:
    with made.open("rb") as stream:
        os.fsync(stream.fileno())
    made.replace(folder / made.name)


def _draw(book: Book, made: Path, stylesheet: Path, log: Path) -> None:
    try:
        publish(book, made, stylesheet)
    except OSError:
        raise
    except Exception as error:  # of another's code, in whatever version is installed
        log.write_text(traceback.format_exc(), encoding="utf-8", errors="replace")
        raise CobrexError(
            f"Snakemake could not draw the report ({type(error).__name__}); "
            "failures.html is written",
            hint=f"read {log}",
            kind="report",
        ) from error
    log.unlink(missing_ok=True)
