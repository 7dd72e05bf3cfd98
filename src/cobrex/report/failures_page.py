"""The page of what failed and what could not be planned, each with its reason and cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .entry import Entry, urgency
from .markup import Html, breakable, element, join, page, pill, section, table, whole
from .process_page import failure

MOST_FAILURES = 300
MOST_GAPS = 2_000
Gap = Mapping[str, object]


def failures_page(title: str, entries: Sequence[Entry], gaps: Sequence[Gap]) -> str:
    """Write the page of failures.

    Parameters
    ----------
    title : str
        The batch's title.
    entries : sequence of Entry
        All of the batch; those done are passed over.
    gaps : sequence of mapping
        What could not be planned: ``recipe``, ``main``, ``message``, ``hint``.

    Returns
    -------
    str
        HTML that loads nothing.
    """
    failed = sorted((entry for entry in entries if entry.failed), key=urgency)
    parts = [element("h1", f"{title}: failures")]
    if not failed and not gaps:
        parts.append(element("p", "Nothing failed, and everything could be planned.", kind="lead"))
    parts += [_summary(failed)] if failed else []
    parts += [_gaps(gaps)] if gaps else []
    parts += [section("Logs", join(map(_detail, failed[:MOST_FAILURES])))] if failed else []
    if len(failed) > MOST_FAILURES:
        rest = f"{len(failed) - MOST_FAILURES} more failed; their logs lie in their folders."
        parts.append(element("p", rest, kind="note"))
    return page(f"{title}: failures", join(parts))


def _summary(failed: Sequence[Entry]) -> Html:
    cells = [
        (
            pill(entry.status),
            breakable(entry.recipe),
            entry.star,
            whole(entry.night),
            entry.reason,
        )
        for entry in failed[:MOST_FAILURES]
    ]
    heads = ("Outcome", "Recipe", "Star", "Night", "Reason")
    return section(f"Failed processes ({len(failed)})", table(heads, cells))


def _detail(entry: Entry) -> Html:
    head = join([pill(entry.status), f" {entry.recipe} · {entry.star} · {entry.night}"])
    return element("section", join([element("h3", head), failure(entry)]))


def _gaps(gaps: Sequence[Gap]) -> Html:
    cells = [
        (breakable(gap.get("recipe")), gap.get("main"), gap.get("message"), gap.get("hint"))
        for gap in gaps[:MOST_GAPS]
    ]
    drawn = table(("Recipe", "Main frames", "What is missing", "Cure"), cells)
    rest = f"{len(gaps) - len(cells)} more are not listed."
    note = element("p", rest, kind="note") if len(gaps) > len(cells) else Html("")
    return section(f"Could not be planned ({len(gaps)})", join([drawn, note]))
