"""Has Snakemake make the report of a batch from its finished records."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from cobrex.errors import CobrexError

from .collect import collect
from .entry import Entry, Record
from .failures_page import Gap, failures_page

_FLAGS = (
    *("--cores", "1", "--nolock", "--profile", "none", "--workflow-profile", "none"),
    *("--scheduler", "greedy", "--scheduler-subsample", "20"),
    *("--max-jobs-per-timespan", "100000/1s", "--quiet", "rules", "reason", "host"),
    *("--config", "book=book.json", "--report-after-run"),
)


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
        Holds ``rules/report.smk``; nothing is written there.
    others : mapping of str to int
        How many more processes there are, by status: they are counted, not shown.
    pages : int, optional
        Most pages of processes (`cobrex.report.collect.MOST_PAGES`).

    Returns
    -------
    pathlib.Path
        The report: HTML up to 500 pages and pictures and 20 MB of pictures, above a zip with
        ``report/report.html``.

    Raises
    ------
    CobrexError
        When Snakemake fails (``failures.html`` is there all the same), or the folder cannot be
        written.
    """
    latest = {str(record.get("key")): Entry(record, folder) for record, folder in records}
    entries = list(latest.values())
    try:
        with tempfile.TemporaryDirectory(prefix=".report-", dir=batch_folder) as scratch:
            work = Path(scratch)
            draft = work / "failures.html"
            draft.write_text(failures_page(title, entries, gaps), encoding="utf-8")
            _put(draft, batch_folder)
            book = collect(work, entries, gaps, title, others=others, pages=pages)
            made = work / ("report.html" if book.embedded else "report.zip")
            _snakemake(work, home, made, batch_folder / "report.log")
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


def _snakemake(work: Path, home: Path, made: Path, log: Path) -> None:
    rules = home / "rules" / "report.smk"
    argv = [sys.executable, "-P", "-m", "snakemake", "-s", str(rules), "-d", str(work)]
    said = work / "snakemake.log"
    with said.open("wb") as stream:
        code = subprocess.run(
            [
                *argv,
                *_FLAGS,
                "--report",
                made.name,
                "--report-stylesheet",
                str(home / "rules" / "captions" / "report.css"),
            ],
            cwd=work,
            env=_environment(work),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code == 0 and made.is_file():
        log.unlink(missing_ok=True)
        return
    shutil.copyfile(said, log)
    raise CobrexError(
        f"Snakemake could not make the report (exit code {code}); failures.html is written",
        hint=f"read {log}",
        kind="report",
    )


def _environment(work: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SNAKEMAKE_")}
    return kept | {"XDG_CACHE_HOME": str(work / "cache")}
