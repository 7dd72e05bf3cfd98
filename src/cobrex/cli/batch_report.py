"""cobrex batch report: the pages of a batch."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import BatchName


def report(
    name: BatchName = "",
    pages: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=3_000,
            help="Most pages of processes, those that most want a look first.",
            show_default="all that want a look, at least 100",
        ),
    ] = None,
) -> None:
    """Write the report of a batch: one page that works offline; processes.csv lists everything."""
    from cobrex import content, settings
    from cobrex.batch.report import report as write
    from cobrex_db.engine import open_catalogue

    found = settings.load()
    engine = open_catalogue(found.database_url)
    typer.echo(write(engine, found, name or None, home=content.home(), pages=pages))
