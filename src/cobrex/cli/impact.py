"""cobrex impact: what a change would make anew, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex.batch.impact import Impact

_MOST = 20


def impact(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="RECIPE@VERSION, a frame (id, archive name, path), an association rule, "
            "RECIPE/PRESET; or recipe:, frame:, rule:, preset: and the name.",
        ),
    ],
    mark: Annotated[
        bool, typer.Option("--mark", help="Mark them stale: `reduce --refresh` makes them anew.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell which products a change of a recipe, frame, rule or preset would make anew.

    Example: cobrex impact ird_flat@1.1.0
    """
    from cobrex import settings as places
    from cobrex.batch import impact as rooms
    from cobrex.registry import open_registry
    from cobrex_db.engine import open_catalogue

    settings = places.load()
    engine = open_catalogue(settings.database_url)
    with engine.connect() as connection:
        found = rooms.impact(connection, settings, open_registry(settings), what)
    marked = rooms.mark(engine, found) if mark else 0
    if as_json:
        _print_json(found, marked)
        return
    _print(found, marked=marked, mark=mark)


def _print_json(found: Impact, marked: int) -> None:
    from .output import emit_json

    emit_json(
        {
            "what": found.what,
            "processes": [
                {**row, "direct": row["process_id"] in found.direct} for row in found.rows
            ],
            "by_star_and_type": found.table(),
            "cpu_s": found.cpu_s,
            "marked": marked,
        }
    )


def _print(found: Impact, *, marked: int, mark: bool) -> None:
    from .output import say, table

    direct = sum(row["process_id"] in found.direct for row in found.rows)
    if not found.rows:
        say(f"{found.what}: nothing would be made anew, all that is made agrees with it")
        return
    say(
        f"{found.what}: {len(found.rows)} process{'es' if len(found.rows) > 1 else ''} would be "
        f"made anew, {direct} by the change itself, {len(found.rows) - direct} after those, "
        f"about {_time(found.cpu_s)} of CPU"
    )
    rows = [
        {**row, "star": row["star"] or "-", "cpu": _time(row["cpu_s"])} for row in found.table()
    ]
    table(rows[:_MOST], ["star", "frame_type", "processes", "cpu"])
    if len(rows) > _MOST:
        say(f"... and {len(rows) - _MOST} more (--json shows all)")
    if mark:
        say(f"{marked} series marked stale: `cobrex reduce ... --refresh` makes them anew")
    else:
        say("--mark marks them stale; the CPU is what they took when they were made")


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
