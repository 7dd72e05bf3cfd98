"""cobrex workspace quota: what the products of a workspace may take."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import AsJson


def quota(
    name: Annotated[str, typer.Argument(help="Name of the workspace.")],
    size: Annotated[
        str, typer.Argument(help="What its products may take: 500GB, 2TiB; none: no limit.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say what the products of a workspace take and may take; with SIZE, limit it (an owner)."""
    from cobrex import settings
    from cobrex.report.quantities import size as in_words
    from cobrex.upkeep.order import least
    from cobrex_db import quota as quotas
    from cobrex_db.engine import open_catalogue, transact

    from .keep_people import keep_people
    from .output import emit_json, say

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    if size:
        most = None if size == "none" else least(size)
        transact(engine, lambda c: quotas.set_limit(c, configured.user, name, most))
        keep_people(engine)
    with engine.connect() as connection:
        status = quotas.status(connection, configured.user, name)
    if as_json:
        emit_json(status)
        return
    limit = status["quota_bytes"]
    may = "as much as there is" if limit is None else in_words(limit)
    say(f"workspace {name}: takes {in_words(status['used_bytes'])}, may take {may}")
