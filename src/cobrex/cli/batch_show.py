"""cobrex batch show: one batch, how its processes fare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson, BatchName

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MOST_LINES = 20
_IN_TABLE = 100
_IN_JSON = 1_000


def show(
    name: BatchName = "",
    processes: Annotated[
        bool, typer.Option("--processes", help="List its processes instead.")
    ] = False,
    failures: Annotated[
        bool, typer.Option("--failures", help="Only what failed, alike by alike, with cures.")
    ] = False,
    state: Annotated[str, typer.Option(help="Only processes in this state.")] = "",
    star: Annotated[str, typer.Option(help="Only processes of a star.")] = "",
    step: Annotated[str, typer.Option(help="Only processes of a rule or a recipe.")] = "",
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10**9,
            help="At most so many processes.",
            show_default="100, in JSON 1000",
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every star, not only those in trouble.")] = (
        False
    ),
    as_json: AsJson = False,
) -> None:
    """Show a batch: how its steps fare star by star, what failed and why, what is otherwise."""
    from cobrex import settings
    from cobrex.batch.driver import is_dead
    from cobrex_db.batch_story import find_batch
    from cobrex_db.engine import open_catalogue

    from . import batch_failures
    from .output import emit_json

    listed = processes or bool(state or star or step)
    most = limit or (_IN_JSON if as_json else _IN_TABLE)
    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        batch = find_batch(connection, name or None, viewer=configured.user)
        batch["driven"] = batch["state"] == "running" and not is_dead(
            configured.store / batch["folder"], batch["heartbeat"]
        )
        if listed:
            rows = _members(connection, batch["batch_id"], state, star, step, most)
        elif failures:
            trouble = batch_failures.trouble_of(connection, batch["batch_id"])
        else:
            _story(connection, batch, limit=most if as_json else 0)
    if listed:
        _list(rows, most, as_json=as_json)
    elif failures and as_json:
        emit_json(batch_failures.as_json(trouble, batch["name"]))
    elif failures:
        batch_failures.show(trouble, batch["name"], most=10**9)
    elif as_json:
        emit_json(_plain(batch))
    else:
        _show(batch, every=every)


def _members(
    connection: Connection, batch_id: int, state: str, star: str, step: str, limit: int
) -> list[dict[str, Any]]:
    from cobrex.errors import UsageError
    from cobrex_db.batch_members import STATES, members
    from cobrex_db.series import standing_of
    from cobrex_db.stars.lookup import resolve

    if state and state not in STATES:
        raise UsageError(
            f"no process of a batch is ever {state!r}",
            hint=f"states: {', '.join(STATES)}",
            kind="state",
        )
    star_id = resolve(connection, star).star_id if star else None
    found = members(connection, batch_id, state=state, star_id=star_id, step=step, limit=limit)
    standing = standing_of(connection, [m["process_id"] for m in found])
    for member in found:
        member["standing"] = standing.get(member["process_id"])
    return found


def _story(connection: Connection, batch: dict[str, Any], *, limit: int) -> None:
    """Put into a batch what there is to tell of it."""
    from cobrex_db import batch_progress, batch_story

    from . import batch_failures

    number = batch["batch_id"]
    batch["rounds"] = batch_story.rounds(connection, number)
    batch["steps"] = batch_progress.steps(connection, number)
    batch["trouble"] = batch_failures.trouble_of(connection, number)
    batch["stale"] = batch_progress.stale(connection, number)
    batch["gaps"] = batch_story.gaps(connection, number)
    batch["changes"] = batch_story.changes(connection, number)
    if limit:
        batch["members"] = _members(connection, number, "", "", "", limit)


def _plain(batch: dict[str, Any]) -> dict[str, Any]:
    """A batch as plain values."""
    from collections import Counter

    from . import batch_failures

    total: Counter[str] = Counter()
    for one in batch["steps"]:
        total.update(one.counts)
    told = batch_failures.as_json(batch.pop("trouble"), batch["name"])
    names = ("star", "step", "recipe", "version", "level", "counts")
    steps = [{name: getattr(one, name) for name in names} for one in batch["steps"]]
    return {**batch, "processes": total["total"], "counts": total, "steps": steps, **told}


def _list(rows: list[dict[str, Any]], limit: int, *, as_json: bool) -> None:
    from .output import emit, say

    if not as_json:
        for row in rows:
            row["recipe"] = f"{row['recipe'].removeprefix('main/')}@{row['version']}"
            row["key"] = row["key"][:8]
            row["blocked_by"] = (row["blocked_by"] or "")[:8]
    columns = ["key", "recipe", "star", "night", "state", "cause", "blocked_by", "verdict"]
    emit(rows, [*columns, "standing", "host", "job", "message"], as_json=as_json)
    if len(rows) == limit and not as_json:
        say(f"the first {limit}; --limit N shows more, --state, --star and --step fewer")


def _show(batch: dict[str, Any], *, every: bool) -> None:
    from cobrex_db.people import utc_now

    from . import batch_failures, batch_view
    from .output import say
    from .watch_view import abandoned

    batch_view.header(batch, batch["rounds"], utc_now())
    if batch["state"] == "running" and not batch["driven"]:
        say(abandoned(batch["name"]))
    say("")
    batch_view.steps(batch["steps"], every=every)
    batch_failures.show(batch["trouble"], batch["name"])
    changes = batch["changes"]
    for change in changes[:_MOST_LINES]:
        say(f"{change['what']:<9} round {change['round']}: {change['message']}")
    _more(len(changes))
    for one in batch["stale"][:_MOST_LINES]:
        recipe = f"{one['recipe'].removeprefix('main/')}@{one['version']}"
        say(f"stale     {recipe} {one['key'][:8]}: {one['why']}; --refresh makes it anew")
    _more(len(batch["stale"]))
    for gap in batch["gaps"][:_MOST_LINES]:
        say(
            f"cannot    {gap['recipe']}  {gap['main']}",
            f"          {gap['message']}",
            f"          cure: {gap['hint']}",
        )
    _more(len(batch["gaps"]))


def _more(number: int) -> None:
    from .output import say

    if number > _MOST_LINES:
        say(f"          and {number - _MOST_LINES} more (--json has them all)")
