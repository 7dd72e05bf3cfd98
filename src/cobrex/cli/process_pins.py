"""cobrex process pins and unpin: inputs that people chose and keep."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import AsCsv, AsJson


def pins(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the pinned inputs of the workspace: who chose them, and why."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.pins import list_pins

    from .output import emit, say

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        rows = list_pins(connection, configured.user, configured.workspace)
    if not (as_json or as_csv):
        if not rows:
            say("no input is pinned: cobrex process new RECIPE --main FRAME ... --save-pin")
            return
        for row in rows:
            row["frame"] = row["frame_id"] or ("gone" if row["content_id"] else "none at all")
    emit(
        rows,
        ["pin", "association", "role", "frame" if not as_csv else "frame_id", "archive_name",
         "user", "why", "created"],
        as_json=as_json,
        as_csv=as_csv,
    )  # fmt: skip
    if not (as_json or as_csv):
        say("cobrex process unpin PIN ends one")


def unpin(
    pin: Annotated[
        list[int], typer.Argument(metavar="PIN...", help="Numbers from `cobrex process pins`.")
    ],
) -> None:
    """End pins: the rules choose again."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue, transact
    from cobrex_db.pins import remove

    from .keep_people import keep_people
    from .output import counted, say

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    transact(engine, lambda c: remove(c, configured.user, configured.workspace, pin))
    keep_people(engine)
    say(f"{counted(len(pin), 'pin')} ended: the rules choose again")
