"""cobrex batch list: requests that were stored, and how they fare."""

from __future__ import annotations

from typing import Annotated, Any

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
    columns = ["name", "user", "state", "profile", "done", "failed", "qc_fail", "started", "took"]
    if as_csv:
        columns = [*columns[:4], "processes", *columns[4:], "ended"]
    emit([_row(row, as_csv=as_csv, as_json=as_json) for row in rows], columns, as_json=as_json,
         as_csv=as_csv)  # fmt: skip


def _row(batch: dict[str, Any], *, as_csv: bool, as_json: bool) -> dict[str, Any]:
    from cobrex_db.people import utc_now

    from .batch_view import lasting

    counts = batch["counts"]
    there = counts.get("done", 0) + counts.get("reused", 0)
    failed = counts.get("failed", 0) + counts.get("lost", 0)
    took = (batch["ended"] or utc_now()) - batch["started"]
    if as_json or as_csv:
        took_s = round(took.total_seconds())
        return {**batch, "done": there, "failed": failed, "qc_fail": counts.get("qc_fail", 0),
                "took": took_s}  # fmt: skip
    return {
        **batch,
        "done": f"{there}/{batch['processes']}",
        "failed": failed or None,
        "qc_fail": counts.get("qc_fail") or None,
        "took": lasting(took),
    }
