"""The page that lists every process, star by star, verdicts first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from .entry import URGENCY, Entry, Record
from .markup import Html, breakable, code, element, join, page, pill, section, table, whole
from .quantities import elapsed, number, span

MOST_ROWS = 5_000
_MOST_METRICS = 3


def overview_page(
    title: str,
    entries: Sequence[Entry],
    *,
    gaps: int = 0,
    left_out: Iterable[str] = (),
    others: Mapping[str, int] = MappingProxyType({}),
) -> str:
    """Write the overview of a batch.

    Parameters
    ----------
    title : str
        The batch's title.
    entries : sequence of Entry
        All of the batch.
    gaps : int
        How many main frames could not be planned.
    left_out : iterable of str
        What the report does not hold, a sentence each.
    others : mapping of str to int
        How many more there are, by status: they are counted, not listed.

    Returns
    -------
    str
        HTML that loads nothing.
    """
    listed = sorted(entries, key=_place)
    notes = list(left_out)
    if len(listed) > MOST_ROWS:
        notes.append(f"{len(listed) - MOST_ROWS} processes of later stars are counted, not listed.")
    if others:
        notes.append(f"{sum(others.values())} more are counted at the top, and not listed.")
    parts = [element("h1", title), _counts(entries, gaps, others)]
    parts += [element("p", note, kind="note") for note in notes]
    parts += [_recipes(entries)] if entries else []
    parts += [
        section(star, _star(list(members)))
        for star, members in groupby(listed[:MOST_ROWS], key=lambda entry: entry.star)
    ]
    return page(title, join(parts))


def _place(entry: Entry) -> tuple[str, str, str, str]:
    return entry.star, entry.night, entry.recipe, entry.key


def _counts(entries: Sequence[Entry], gaps: int, others: Mapping[str, int]) -> Html:
    number = len(entries) + sum(others.values())
    words = [f"{number} {'process' if number == 1 else 'processes'} "]
    words += [
        join([whole(join([pill(status), f" {count}"])), " "])
        for status, count in _tally(entries, others)
    ]
    if gaps:
        words.append(f"· {gaps} could not be planned: see Failures")
    return element("p", join(words), kind="lead")


def _tally(
    entries: Iterable[Entry], others: Mapping[str, int] = MappingProxyType({})
) -> list[tuple[str, int]]:
    counts = Counter(entry.status for entry in entries) + Counter(others)
    order = [status for status in URGENCY if status in counts]
    return [(status, counts[status]) for status in [*order, *sorted(set(counts) - set(order))]]


def _recipes(entries: Sequence[Entry]) -> Html:
    ordered = sorted(entries, key=lambda entry: entry.recipe)
    cells = []
    for recipe, group in groupby(ordered, key=lambda entry: entry.recipe):
        members = list(group)
        fared = join((whole(join([pill(s), f" {n}"])) for s, n in _tally(members)), " ")
        times = sorted(filter(None, map(_took, members)))
        median = span(times[len(times) // 2]) if times else ""
        cells.append(
            (breakable(recipe), fared, len(members), median, span(sum(times)) if times else "")
        )
    heads = ("Recipe", "How they fared", "Processes", "Median time", "All")
    return section("By recipe", table(heads, cells, numeric=(2, 3, 4)))


def _star(entries: Sequence[Entry]) -> Html:
    cells = [
        (
            pill(entry.status),
            breakable(entry.recipe),
            whole(entry.night),
            entry.reason if entry.failed else _metrics(entry),
            span(_took(entry)),
            whole(code(entry.key[:8])),
        )
        for entry in entries
    ]
    heads = ("Verdict", "Recipe", "Night", "QC or reason", "Time", "Key")
    return table(heads, cells, numeric=(4,))


def _took(entry: Entry) -> float | None:
    return elapsed(entry.record.get("started"), entry.record.get("ended"))


def _metrics(entry: Entry) -> Html:
    ranks = {"fail": 0, "warn": 1}
    rows = sorted(entry.rows("qc"), key=lambda row: ranks.get(str(row.get("verdict")), 2))
    shown = [_metric(row) for row in rows[:_MOST_METRICS]]
    more = [f"and {len(rows) - _MOST_METRICS} more"] if len(rows) > _MOST_METRICS else []
    return join(element("div", line) for line in (*shown, *more))


def _metric(row: Record) -> str:
    name = str(row.get("name")).removeprefix("QC ")
    return f"{name} {number(row.get('value'))} {row.get('unit') or ''}"
