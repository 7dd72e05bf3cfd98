"""cobrex batch retry: goes on with a batch that was interrupted, cancelled or failed."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson, BatchName

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cobrex.batch.resume import Stored
    from cobrex.settings import Settings


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
    from cobrex_db.engine import open_catalogue

    settings = places.load()
    engine = open_catalogue(settings.database_url)
    with resume.alone(engine, settings, name) as found:
        return _go_on(engine, settings, found, cause, profile, jobs, detach=detach, as_json=as_json)


def _go_on(
    engine: Engine, settings: Settings, name: str, cause: list[str], profile: str, jobs: int,
    *, detach: bool, as_json: bool,
) -> int:  # fmt: skip
    from cobrex.batch import resume
    from cobrex.batch.opening import reopen
    from cobrex.batch.outcome import Outcome

    from .driving import close_batch, drive_batch
    from .exit_codes import of_batch
    from .output import note
    from .reduce import prepare_request

    stored = resume.take_up(engine, settings, name)
    if not stored.is_held:
        note(f"batch {stored.name} left no lock: recipes are taken as they are now")
    prepared = prepare_request(settings, stored.request, quiet=as_json)
    prepared = resume.left_of(engine, stored, prepared, cause)
    if not prepared.wanted:
        state = "failed" if Outcome(stored.name, settings.batches, prepared).is_failed else "done"
        if cause or stored.state == state:
            _say_nothing_left(stored, cause, as_json=as_json)
            return of_batch(state, gaps=bool(prepared.plan.gaps)) or 0
        # it was stopped at its very end, or others made the rest: a round that reuses all says so
    opening = partial(
        reopen, settings=settings, name=stored.name, profile=profile or stored.profile, cores=jobs
    )
    outcome = drive_batch(settings, prepared, opening, quiet=as_json, detach=detach)
    return close_batch(outcome, as_json=as_json)


def _say_nothing_left(stored: Stored, cause: list[str], *, as_json: bool) -> None:
    from .output import emit_json, say

    if as_json:
        emit_json({"batch": stored.name, "state": stored.state, "records": []})
        return
    ended = f" of what ended by {' or '.join(cause)}" if cause else ""
    say(f"batch {stored.name} is {stored.state}: nothing is left to make{ended}")
