"""Chooses what the report holds, and writes its pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from .book import Book, Result
from .entry import FAILED, Entry, rank, rank_of, urgency
from .failures_page import Gap, failures_page
from .markup import Html, element, join
from .overview_page import overview_page
from .pictures import Picture, find
from .plain import parameter, slug
from .process_page import process_page
from .quantities import number
from .steps import steps

MOST_PAGES = 1_000
WELL_PAGES = 100  # of those that nobody need look at, when less than these want a look
MOST_RESULTS = 3_000
MOST_BYTES = 500_000_000
_CAPTIONS = {
    "process": "One process: the page holds its inputs, parameters, QC metrics, products and "
    "command; below is the same in short.",
    "overview": "Every process of the batch with its verdict, star by star.",
    "failures": "What failed and why, with the last lines of each log, and what could not be "
    "planned, with the cure.",
}


def how_many(statuses: Iterable[str], pages: int | None = None) -> int:
    """Tell how many processes have a page, the first of those that most want a look.

    Parameters
    ----------
    statuses : iterable of str
        Of all processes.
    pages : int, optional
        So many; else all that want a look, at most `MOST_PAGES`, and at least `WELL_PAGES`.

    Returns
    -------
    int
    """
    if pages is not None:
        return pages
    urgent = sum(rank_of(status) < rank_of("pass") for status in statuses)
    return min(MOST_PAGES, max(WELL_PAGES, urgent))


def collect(
    folder: Path,
    entries: Sequence[Entry],
    gaps: Sequence[Gap],
    title: str,
    *,
    others: Mapping[str, int] = MappingProxyType({}),
    pages: int | None = None,
) -> Book:
    """Write the pages, and file them.

    Parameters
    ----------
    folder : pathlib.Path
        Where the pages are written.
    entries : sequence of Entry
        Processes of the batch, each key once; of many the later have no page.
    gaps : sequence of mapping
        What could not be planned.
    title : str
        The batch's title.
    others : mapping of str to int
        How many more there are, by status: they are counted only.
    pages : int, optional
        Most pages of processes, as `how_many` takes it.

    Returns
    -------
    Book
    """
    failed = sum(entry.failed for entry in entries) + sum(others.get(f, 0) for f in FAILED)
    total = len(entries) + sum(others.values())
    told = (
        f"{total} processes, {failed} of them without products; {len(gaps)} could not be planned."
    )
    wrong = bool(failed or gaps)
    book = Book(folder, _description(title, told, wrong=wrong), steps=steps(entries))
    most = how_many((entry.status for entry in entries), pages)
    chosen = sorted(sorted(entries, key=rank)[:most], key=urgency)
    pictures, left_out = _choose_pictures(book, chosen)
    if left := total - len(chosen):
        left_out.insert(
            0,
            f"{left} of the processes have no page of their own here; the {len(chosen)} that most "
            "want a look have one; processes.csv lists all.",
        )
    for place, entry in enumerate(chosen, start=1):
        _add_process(book, entry, pictures[entry.key], place)
    overview = overview_page(title, entries, gaps=len(gaps), left_out=left_out, others=others)
    _add_page(book, "overview", overview)
    if wrong:
        _add_page(book, "failures", failures_page(title, entries, gaps))
    return book


def _description(title: str, told: str, *, wrong: bool) -> Html:
    failures = Html(
        f"{_shown('Failures')} says what failed and why, and what could not be planned, "
        "with the cure."
    )
    words = [
        element("strong", title),
        told,
        Html(f"{_shown('Overview')} lists every process with its verdict, star by star."),
        *([failures] if wrong else []),
        "Under the name of each star lie the pages and pictures of its processes, recipe by "
        "recipe. A page holds inputs, parameters, QC metrics with their ranges, products and the "
        "command.",
    ]
    return join(element("p", one) for one in words)


def _shown(category: str) -> str:
    return f"<a href=\"javascript:app.showCategory('{category}')\">{category}</a>"


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


def _add_process(book: Book, entry: Entry, pictures: Sequence[Picture], place: int) -> None:
    whose = f"{entry.star[:30]} · {entry.night[:20]}" if entry.failed else entry.night[:20]
    page = _written(book, f"{place:04d}", process_page(entry, pictures))
    results = [Result("process.html", page, f"{whose} · {place:04d} page · {entry.status}")]
    for n, picture in enumerate(pictures, start=1):
        link = book.folder / f"{place:04d}-{n}.png"
        link.symlink_to(picture.path)
        label = f"{whose} · {place:04d}.{n} {picture.name}"
        results.append(Result(f"picture-{n}.png", link, label))
    book.add(
        f"{slug(entry.star)}-{slug(entry.night)}-{place:04d}",
        entry.recipe,
        category="Failures" if entry.failed else book.shelf(entry.star),
        subcategory=entry.recipe,
        results=results,
        caption=_CAPTIONS["process"],
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
    title = name.capitalize()
    results = [Result(f"{name}.html", _written(book, name, page), f"{title} of the batch")]
    book.add(
        name, name, category=title, subcategory="All", results=results, caption=_CAPTIONS[name]
    )


def _written(book: Book, name: str, page: str) -> Path:
    path = book.folder / f"{name}.html"
    path.write_text(page, encoding="utf-8")
    return path
