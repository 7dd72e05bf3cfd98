"""The tree of commands."""

from __future__ import annotations

import typer

from . import batch, process
from .reduce import reduce

app = typer.Typer(
    name="cobrex", no_args_is_help=True, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Catalogue, recipes, reduction and provenance for SPHERE and other ESO-style instruments.",
)
app.command()(reduce)
app.add_typer(process.app, name="process")
app.add_typer(batch.app, name="batch")
