"""cobrex batch list: requests that were stored, and how they fared."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import AsCsv, AsJson


def list_(
    limit: Annotated[int, typer.Option(min=1, max=10**9, help="At most so many.")] = 30,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List batches, the latest first."""
    from cobrex import settings
    from cobrex_db.batch_story import list_batches
    from cobrex_db.engine import open_catalogue

    from .output import emit

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        rows = list_batches(connection, limit=limit, viewer=configured.user)
    emit(
        rows,
        ["name", "user", "state", "processes", "started", "ended"],
        as_json=as_json,
        as_csv=as_csv,
    )
