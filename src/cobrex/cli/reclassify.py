"""cobrex reclassify: apply newer instrument rules to catalogued frames."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex_db.reclassify import Reclassification

SHOWN = 20


def reclassify(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would change, change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Classify frames anew that older (or other) instrument rules classified."""
    from cobrex import instruments, settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.reclassify import reclassify as again

    from .output import emit_json
    from .progress import bar

    rules = instruments.load()
    engine = open_catalogue(settings.load().database_url)
    with bar("headers", quiet=as_json) as progress:
        result = again(engine, rules, dry_run=dry_run, progress=progress)
    if as_json:
        emit_json({**asdict(result), "dry_run": dry_run})
    else:
        _print(result, dry_run=dry_run)


def _print(result: Reclassification, *, dry_run: bool) -> None:
    from .output import say, table

    if not result.done and not result.kept:
        say("every frame is classified by the rules in force")
        return
    if result.changed:
        table(
            [asdict(c) for c in result.changed[:SHOWN]],
            ["frame_id", "archive_name", "before", "after"],
            title="of another type now",
        )
        _more(len(result.changed))
    if result.kept:
        table(
            [asdict(k) for k in result.kept[:SHOWN]],
            ["frame_id", "archive_name", "reason"],
            title="kept as they are",
        )
        _more(len(result.kept))
    would = "would be " if dry_run else ""
    say(
        f"{result.done:,} frames {would}reclassified, {len(result.changed):,} of another type, "
        f"{len(result.kept):,} kept as they are"
    )


def _more(count: int) -> None:
    from .output import say

    if count > SHOWN:
        say(f"and {count - SHOWN:,} more (--json lists all)")
