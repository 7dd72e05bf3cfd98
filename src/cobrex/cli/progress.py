"""Progress: a bar on a terminal, plain lines in a log, nothing when asked for JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

MARKS = {"done": "done", "failed": "FAILED", "blocked": "blocked", "lost": "LOST"}
_MANY = 200


@contextmanager
def bar(what: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows (done, total); nothing is shown before its first call."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    progress = _progress()
    with progress:
        row: list[TaskID] = []

        def show(done: int, total: int) -> None:
            if not row:
                row.append(progress.add_task(what, total=total))
            progress.update(row[0], completed=done, total=total)

        yield show


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


class RecordLines:
    """A line for each process that has ended, above a bar of how many have.

    Parameters
    ----------
    total : int
    quiet : bool
    """

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        self.total = total
        self.quiet = quiet
        self.ended = 0
        self.progress = _progress() if sys.stderr.isatty() and not quiet else None
        self.row: TaskID | None = None

    def __enter__(self) -> Self:
        if self.progress is not None:
            self.progress.start()
            self.row = self.progress.add_task("processes", total=self.total)
        return self

    def __exit__(self, *unused: object) -> None:
        if self.progress is not None:
            self.progress.stop()

    def more(self, number: int) -> None:
        """Expect some more: a further round makes them."""
        self.total += number
        if self.progress is not None and self.row is not None:
            self.progress.update(self.row, total=self.total)

    def add(self, record: dict[str, Any]) -> None:
        """Show a record; of many, only those that are not well, and now and then how many."""
        self.ended += 1
        if self.quiet:
            return
        text = f"[{self.ended}/{self.total}] {describe(record)}"
        if self.total > _MANY and record["outcome"] == "done" and record["verdict"] != "fail":
            text = self._now_and_then()
        if self.progress is None:
            sys.stdout.write(text and text + "\n")
            sys.stdout.flush()
            return
        if text:
            self.progress.console.print(text, markup=False, highlight=False)
        if self.row is not None:
            self.progress.update(self.row, completed=self.ended)

    def _now_and_then(self) -> str:
        """A line for a log at every hundredth of the way; a terminal has its bar."""
        step = max(1, self.total // 100)
        due = self.progress is None and self.ended % step == 0
        return f"[{self.ended}/{self.total}] processes have ended" if due else ""


def describe(record: dict[str, Any]) -> str:
    """Return a record in one line."""
    mark = MARKS.get(record["outcome"], record["outcome"])
    if record["outcome"] == "done":
        verdict = {"pass": "pass", "warn": "warn", "fail": "QC FAIL"}[record["verdict"]]
        end = f"{verdict}, {record['cpu_s']:.1f} s CPU"
    else:
        end = f"{record['reason']}: {record['message']}"
    return f"{mark} {short_recipe(record['recipe'])} {record['labels']['main']} ({end})"


def short_recipe(recipe: dict[str, str]) -> str:
    """Return ``name@version``; the main namespace goes without saying."""
    return f"{recipe['name'].removeprefix('main/')}@{recipe['version']}"
