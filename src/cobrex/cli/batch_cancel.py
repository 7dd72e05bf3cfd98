"""cobrex batch cancel: stops a batch from any machine."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import BatchName


def cancel(
    name: BatchName = "",
    now: Annotated[
        bool, typer.Option("--now", help="End what runs; by default it is finished.")
    ] = False,
) -> None:
    """Stop a batch: what runs is finished, nothing new begins. Works from any machine.

    What was made stays; `cobrex batch retry` goes on with it.
    """
    from cobrex import settings
    from cobrex.batch import cancel as stopping
    from cobrex_db.engine import open_catalogue

    from .output import say

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    called, state = stopping.cancel(engine, configured, name, now=now, on_message=say)
    say(f"batch {called}: {state}")
