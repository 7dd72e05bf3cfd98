"""The page of one process: what it was made from, how, and how it was judged."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable

from .entry import Entry, Record
from .issue import issue_link
from .log_tail import log_tail
from .markup import (
    Html,
    breakable,
    code,
    element,
    facts,
    join,
    link,
    page,
    pill,
    section,
    table,
    whole,
)
from .pictures import Picture, figure
from .quantities import elapsed, interval, number, size, span

MOST_ROWS = 200


def process_page(entry: Entry, pictures: Iterable[Picture] = ()) -> str:
    """Write the page of a process.

    Parameters
    ----------
    entry : Entry
    pictures : iterable of Picture
        Shown on the page.

    Returns
    -------
    str
        HTML that loads nothing.
    """
    parts = [_head(entry)]
    if entry.failed:
        parts.append(failure(entry))
    figures = join(figure(picture) for picture in pictures)
    parts += [section("Pictures", figures)] if figures else []
    parts += [
        _metrics(entry.rows("qc")),
        _products(entry.rows("generated")),
        _inputs(entry.rows("used")),
        _parameters(entry.part("parameters")),
        section("Process", facts(_circumstances(entry))),
    ]
    return page(f"{entry.recipe} · {entry.star} · {entry.night}", join(parts))


def failure(entry: Entry) -> Html:
    """Say why a process has no product, with the end of its log.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    Html
    """
    said = element("p", entry.reason, kind="reason")
    if url := issue_link(entry.record, entry.folder):
        told = link(url, "Report it to the recipe's authors")
        said = join([said, element("p", join([told, " (the form is filled in; read it first)"]))])
    tail = log_tail(entry.folder)
    if not tail:
        return join([said, element("p", "There is no log.", kind="note")])
    note = element("p", join(["Last lines of ", code(entry.folder / "recipe.log")]), kind="note")
    return join([said, note, element("pre", tail)])


def _head(entry: Entry) -> Html:
    labels = entry.part("labels")
    words = [entry.star, entry.night, labels.get("arm"), labels.get("filter"), labels.get("preset")]
    line = join((word for word in words if word), " · ")
    return join(
        [
            element("h1", breakable(entry.recipe)),
            element("p", join([pill(entry.status), " ", line]), kind="lead"),
        ]
    )


def _metrics(rows: Iterable[Record]) -> Html:
    cells = [
        (
            pill(str(row.get("verdict") or "unjudged")),
            row.get("name"),
            number(row.get("value")),
            row.get("unit"),
            whole(interval(row.get("low"), row.get("high"))),
            row.get("product"),
        )
        for row in rows
    ]
    if not cells:
        return _nothing("QC metrics", "The recipe measured nothing.")
    heads = ("Verdict", "Metric", "Value", "Unit", "Range", "Product")
    return section("QC metrics", table(heads, cells, numeric=(2,)))


def _products(rows: Iterable[Record]) -> Html:
    cells = [
        (
            row.get("role"),
            breakable(row.get("frame_type")),
            _file(row.get("file"), ("id", row.get("content_id")), ("DATAMD5", row.get("datamd5"))),
            size(row.get("size_bytes")),
        )
        for row in rows
    ]
    if not cells:
        return _nothing("Products", "There are none.")
    return section("Products", table(("Role", "Frame type", "File", "Size"), cells, numeric=(3,)))


def _inputs(rows: Iterable[Record]) -> Html:
    all_rows = list(rows)
    cells = [
        (
            row.get("role"),
            breakable(row.get("frame_type")),
            _file(row.get("path"), ("id", row.get("content_id"))),
        )
        for row in all_rows[:MOST_ROWS]
    ]
    if not cells:
        return _nothing("Inputs", "There are none.")
    drawn = table(("Role", "Frame type", "File"), cells)
    left_out = len(all_rows) - len(cells)
    note = element("p", f"{left_out} more are named in record.json.", kind="note")
    return section("Inputs", join([drawn, note]) if left_out else drawn)


def _parameters(parameters: Record) -> Html:
    if not parameters:
        return _nothing("Parameters", "The recipe takes none.")
    cells = [(code(name), code(json.dumps(value))) for name, value in parameters.items()]
    return section("Parameters", table(("Parameter", "Value"), cells))


def _circumstances(entry: Entry) -> Iterable[tuple[str, object]]:
    record, recipe, agent = entry.record, entry.part("recipe"), entry.part("agent")
    command = record.get("command")
    words = [str(word) for word in command] if isinstance(command, list) else []
    yield "Command", code(shlex.join(words)) if words else None
    yield "Process key", code(entry.key)
    yield "Attempt", record.get("attempt")
    yield "Recipe tree", code(recipe.get("tree"))
    yield "Code hash", code(recipe.get("code_hash"))
    environment = entry.part("environment")
    yield "Environment", join([environment.get("kind"), " ", code(environment.get("digest"))])
    yield "Exit code", record.get("exit_code")
    yield "Started", record.get("started")
    yield "Took", span(elapsed(record.get("started"), record.get("ended")))
    yield "CPU time", span(record.get("cpu_s"))
    yield "Memory", size(record.get("memory_bytes"))
    yield "Made by", join((agent.get("user"), agent.get("host"), agent.get("platform")), " · ")
    yield "cobrex, Python", join((agent.get("cobrex"), agent.get("python")), ", ")
    yield "Folder", code(entry.folder)


def _file(name: object, *identities: tuple[str, object]) -> Html:
    ids = [
        element("div", join([f"{label} ", code(value)]), kind="lead small")
        for label, value in identities
        if value
    ]
    return element("div", join([element("div", code(name)), *ids]), kind="file")


def _nothing(heading: str, note: str) -> Html:
    return section(heading, element("p", note, kind="note"))
