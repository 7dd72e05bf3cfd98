"""Chooses what the report holds, and writes its pages and pictures."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from .book import Book
from .entry import FAILED, Entry, rank, urgency
from .failures_page import Gap, failures_page
from .overview_page import overview_page
from .pictures import Picture, find
from .plain import parameter, plain, slug
from .process_page import process_page
from .quantities import number

MOST_PAGES = 300  # Snakemake takes 25 ms of processor time for each
MOST_RESULTS = 3_000
MOST_BYTES = 500_000_000


def collect(
    folder: Path,
    entries: Sequence[Entry],
    gaps: Sequence[Gap],
    title: str,
    *,
    others: Mapping[str, int] = MappingProxyType({}),
    pages: int | None = None,
) -> Book:
    """Write drafts and book.

    Parameters
    ----------
    folder : pathlib.Path
        An empty folder.
    entries : sequence of Entry
        Processes of the batch, each key once; of many the later have no page.
    gaps : sequence of mapping
        What could not be planned.
    title : str
        The batch's title.
    others : mapping of str to int
        How many more there are, by status: they are counted only.
    pages : int, optional
        Most pages of processes; `MOST_PAGES`.

    Returns
    -------
    Book
    """
    book = Book(folder)
    pages = MOST_PAGES if pages is None else pages
    chosen = sorted(sorted(entries, key=rank)[:pages], key=urgency)
    number = len(entries) + sum(others.values())
    pictures, left_out = _choose_pictures(book, chosen)
    if left := number - len(chosen):
        left_out.insert(
            0,
            f"{left} of the processes have no page of their own here; the {pages} that most want "
            "a look have one; processes.csv lists all.",
        )
    folders = _folders(chosen)
    for entry in chosen:
        _add_process(book, entry, pictures[entry.key], folders)
    overview = overview_page(title, entries, gaps=len(gaps), left_out=left_out, others=others)
    _add_page(book, "overview", overview)
    failed = sum(entry.failed for entry in entries) + sum(others.get(f, 0) for f in FAILED)
    if failed or gaps:
        _add_page(book, "failures", failures_page(title, entries, gaps))
    book.write(
        title,
        f"{number} processes, {failed} of them without products; {len(gaps)} could not be planned.",
    )
    return book


def _folders(entries: Sequence[Entry]) -> dict[str, str]:
    return {
        entry.key: f"results/{slug(plain(entry.recipe))}/"
        f"{slug(entry.star)}-{slug(entry.night)}-{place:04d}"
        for place, entry in enumerate(entries, start=1)
    }


def _choose_pictures(
    book: Book, entries: Sequence[Entry]
) -> tuple[dict[str, list[Picture]], list[str]]:
    chosen: dict[str, list[Picture]] = {entry.key: [] for entry in entries}
    room, left = max(0, MOST_RESULTS - len(entries)), 0
    for entry in entries:
        for picture in find(entry):
            if room and book.size + picture.size <= MOST_BYTES:
                chosen[entry.key].append(picture)
                room, book.size = room - 1, book.size + picture.size
            else:
                left += 1
    note = f"{left} pictures are not in the report; they lie in the folders of their processes."
    return chosen, [note] if left else []


def _add_process(
    book: Book, entry: Entry, pictures: Sequence[Picture], folders: Mapping[str, str]
) -> None:
    leaf = folders[entry.key].rsplit("/", 1)[1]
    draft = _draft(book, leaf)
    (draft / "process.html").write_text(process_page(entry, pictures), encoding="utf-8")
    whose = f"{entry.star[:30]} · {entry.night[:20]}" if entry.failed else entry.night[:20]
    labels = {"process": f"{whose} · {leaf[-4:]} page · {entry.status}"}
    for place, picture in enumerate(pictures, start=1):
        shutil.copyfile(picture.path, draft / f"picture-{place}.png")
        labels[f"picture-{place}"] = f"{whose} · {leaf[-4:]}.{place} {picture.name}"
    makers = {str(row.get("key") or "") for row in entry.rows("used")} - {entry.key}
    book.add(
        leaf,
        entry.recipe,
        category="Failures" if entry.failed else book.shelf(entry.star),
        subcategory=entry.recipe,
        labels=labels,
        caption="process",
        needs=sorted(folders[key] for key in makers if key in folders),
        facts=_facts(entry),
    )


def _facts(entry: Entry) -> dict[str, str]:
    said = {
        "recipe": entry.recipe,
        "star": entry.star,
        "night": entry.night,
        "verdict": entry.status,
        "parameters": ", ".join(
            f"{name}={number(value)}" for name, value in entry.part("parameters").items()
        ),
        "inputs": ", ".join(f"{row.get('role')}={row.get('path')}" for row in entry.rows("used")),
        "products": ", ".join(str(row.get("file")) for row in entry.rows("generated")),
        "key": entry.key,
    }
    return {name: parameter(value) for name, value in said.items()}


def _add_page(book: Book, name: str, page: str) -> None:
    (_draft(book, name) / f"{name}.html").write_text(page, encoding="utf-8")
    title = name.capitalize()
    book.add(
        name,
        name,
        category=title,
        subcategory="All",
        labels={name: f"{title} of the batch"},
        caption=name,
    )


def _draft(book: Book, leaf: str) -> Path:
    draft = book.folder / "drafts" / leaf
    draft.mkdir(parents=True)
    return draft
