"""Options that several commands have, declared once."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="CSV instead of a table.")]
BatchName = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the batch; the latest by default.")
]
