"""The page of what failed and what could not be planned, each with its reason and cure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from .entry import Entry, urgency
from .failure_groups import Failed, Group, grouped, signature
from .markup import Html, breakable, code, element, join, page, pill, section, table, whole
from .process_page import failure

MOST_FAILURES = 300
MOST_GROUPS = 500
LOGS_OF_A_KIND = 3
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
    parts += [_kinds(failed), _summary(failed)] if failed else []
    parts += [_gaps(gaps)] if gaps else []
    told = _told(failed)
    parts += [section("Logs", join(map(_detail, told)))] if failed else []
    if len(failed) > len(told):
        rest = f"{len(failed) - len(told)} more failed likewise; their logs lie in their folders."
        parts.append(element("p", rest, kind="note"))
    return page(f"{title}: failures", join(parts))


def _kinds(failed: Sequence[Entry]) -> Html:
    """What failed alike, the most first."""
    groups = grouped(
        Failed(entry.recipe, entry.cause, entry.message, entry.star, entry.key) for entry in failed
    )
    cells = [_kind(group) for group in groups[:MOST_GROUPS]]
    heads = ("Processes", "Recipe", "Cause", "What is said", "Stars", "Such as")
    return section(f"Kinds of failure ({len(groups)})", table(heads, cells, numeric=(0, 4)))


def _kind(group: Group) -> tuple[object, ...]:
    return (
        group.count,
        breakable(group.recipe),
        group.cause,
        group.words,
        len(group.stars),
        whole(code(group.key[:8])),
    )


def _told(failed: Sequence[Entry]) -> list[Entry]:
    """Those whose logs are shown: a few of a kind."""
    seen: Counter[tuple[str, str, str]] = Counter()
    told = []
    for entry in failed:
        kind = (entry.recipe, entry.cause, signature(entry.message))
        seen[kind] += 1
        if seen[kind] <= LOGS_OF_A_KIND:
            told.append(entry)
    return told[:MOST_FAILURES]


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
    drawn = table(heads, cells)
    rest = f"{len(failed) - len(cells)} more are in processes.csv."
    note = element("p", rest, kind="note") if len(failed) > len(cells) else Html("")
    return section(f"Failed processes ({len(failed)})", join([drawn, note]))


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
