"""cobrex batch retry: goes on with a batch that was interrupted, cancelled or failed."""

from __future__ import annotations

import os
from functools import partial
from typing import Annotated

import typer

from .options import AsJson, BatchName


def retry(
    name: BatchName = "",
    cause: Annotated[
        list[str],
        typer.Option(help="Only what ended by this: out-of-memory, walltime ...; repeatable."),
    ] = [],  # noqa: B006
    profile: Annotated[str, typer.Option(help="Snakemake profile.", show_default="as before")] = "",
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", min=1, help="Cores to use on this machine.", show_default="all"
        ),
    ] = os.cpu_count() or 1,
    detach: Annotated[
        bool, typer.Option("--detach", help="Leave it to a process of its own.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Go on with a batch that was interrupted, cancelled or failed, under its name.

    The same request with the same versions: what is done is not made again.
    """
    from cobrex import settings as places
    from cobrex.batch import resume
    from cobrex.batch.opening import reopen
    from cobrex_db.engine import open_catalogue

    from .driving import close_batch, drive_batch
    from .output import emit_json, note, say
    from .reduce import prepare_request

    settings = places.load()
    engine = open_catalogue(settings.database_url)
    stored = resume.take_up(engine, settings, name)
    if not stored.is_held:
        note(f"batch {stored.name} left no lock: recipes are taken as they are now")
    prepared = prepare_request(settings, stored.request, quiet=as_json)
    prepared = resume.left_of(engine, stored, prepared, cause)
    if not prepared.wanted:
        if as_json:
            emit_json({"batch": stored.name, "records": []})
        else:
            say(f"batch {stored.name}: nothing is left to make")
        return 0
    opening = partial(
        reopen, settings=settings, name=stored.name, profile=profile or stored.profile, cores=jobs
    )
    outcome = drive_batch(settings, prepared, opening, quiet=as_json, detach=detach)
    return close_batch(outcome, as_json=as_json)
