"""The tree of commands."""

from __future__ import annotations

import typer

app = typer.Typer(
    name="cobrex", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False,
    help="Catalogue, recipes, reduction and provenance for SPHERE and other ESO-style instruments.",
)
