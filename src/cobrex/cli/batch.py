"""cobrex batch: requests that were stored, how they fare, their reports."""

from __future__ import annotations

import typer

from . import batch_list, batch_report, batch_show

app = typer.Typer(help="Batches: list, show, report.", no_args_is_help=True)

app.command("list")(batch_list.list_)
app.command()(batch_show.show)
app.command()(batch_report.report)
