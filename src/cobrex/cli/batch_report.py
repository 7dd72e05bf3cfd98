"""cobrex batch report: the pages of a batch."""

from __future__ import annotations

import typer

from .options import BatchName


def report(name: BatchName = "") -> None:
    """Write the report of a batch: one page that works offline."""
    from cobrex import content, settings
    from cobrex.batch.close import report as write
    from cobrex_db.engine import open_catalogue

    found = settings.load()
    typer.echo(write(open_catalogue(found.database_url), found, name or None, home=content.home()))
