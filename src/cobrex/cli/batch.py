"""cobrex batch: requests that were stored, how they fare, their reports."""

from __future__ import annotations

import typer

from . import (
    batch_cancel,
    batch_estimate,
    batch_export,
    batch_list,
    batch_report,
    batch_retry,
    batch_show,
    batch_watch,
)

app = typer.Typer(help="Batches: list, show, watch, retry, report ...", no_args_is_help=True)

app.command("list")(batch_list.list_)
app.command()(batch_show.show)
app.command()(batch_watch.watch)
app.command()(batch_cancel.cancel)
app.command()(batch_retry.retry)
app.command()(batch_estimate.estimate)
app.command()(batch_report.report)
app.command()(batch_export.export)
