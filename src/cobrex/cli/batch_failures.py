"""How what failed in a batch is shown: alike by alike, with what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .output import counted, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cobrex.report.failure_groups import Group

_MOST = 10
_MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class Trouble:
    """What of a batch is not as it should be.

    Attributes
    ----------
    groups : list of Group
        What failed.
    blocked : list of dict
        What waits for which failure.
    """

    groups: list[Group]
    blocked: list[dict[str, Any]]


def trouble_of(connection: Connection, batch_id: int) -> Trouble:
    """Collect what failed in a batch and what it blocks."""
    from cobrex.report.failure_groups import Failed, grouped
    from cobrex_db.batch_failures import blocked, failures

    alike = failures(connection, batch_id)
    failed = (
        Failed(f"{a.recipe}@{a.version}", a.cause, a.message, a.star, a.key, a.count) for a in alike
    )
    return Trouble(grouped(failed), blocked(connection, batch_id))


def as_json(trouble: Trouble, batch: str) -> dict[str, Any]:
    """Return it as plain values."""
    from cobrex.report.cures import cure

    return {
        "failures": [
            {
                "recipe": g.recipe,
                "cause": g.cause,
                "signature": g.signature,
                "count": g.count,
                "stars": sorted(g.stars),
                "key": g.key,
                "message": g.message,
                "cure": cure(g.cause, batch=batch, key=g.key, recipe=g.recipe),
            }
            for g in trouble.groups
        ],
        "blocked": trouble.blocked,
    }


def show(trouble: Trouble, batch: str, *, most: int = _MOST) -> None:
    """Print it.

    Parameters
    ----------
    trouble : Trouble
    batch : str
        Its name.
    most : int
        At most so many groups, and so many that block others.
    """
    from cobrex.report.cures import cure

    for group in trouble.groups[:most]:
        recipe = group.recipe.removeprefix("main/")
        say(
            f"failed    {group.count} x {recipe} {group.cause or 'unknown'}: {group.words}",
            f"          {_whose(group)}",
            f"          {cure(group.cause, batch=batch, key=group.key, recipe=group.recipe)}",
        )
    rest = trouble.groups[most:]
    if rest:
        number = sum(group.count for group in rest)
        say(f"          {len(rest)} more kinds ({number}): cobrex batch show {batch} --failures")
    _blocked(trouble.blocked, most)


def _whose(group: Group) -> str:
    words = f"such as {group.key[:8]}"
    stars = sorted(group.stars)
    if not stars:
        return words
    more = f" and {len(stars) - _MOST_STARS} more" if len(stars) > _MOST_STARS else ""
    return f"{words}; {counted(len(stars), 'star')}: {', '.join(stars[:_MOST_STARS])}{more}"


def _blocked(rows: Sequence[Mapping[str, Any]], most: int) -> None:
    for row in rows[:most]:
        by = "what has failed before it"
        if row["recipe"] is not None:
            recipe = f"{row['recipe'].removeprefix('main/')}@{row['version']}"
            by = f"{recipe} {row['key'][:8]} {row['star'] or ''}".rstrip()
        say(f"blocked   {row['count']} by {by}")
    if len(rows) > most:
        say("          and by others: --failures tells all")
