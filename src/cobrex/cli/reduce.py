"""cobrex reduce: query, plan, processes, report in one command."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cobrex.batch.prepare import Prepared
    from cobrex.batch.request import Request
    from cobrex.settings import Settings

    from .estimate_view import Foreseen

QUERY = "What to reduce"
RECIPE = "How"
WHERE = "Where and when"


def reduce(
    target: Annotated[
        list[str] | None,
        typer.Argument(help="Stars, in any spelling; @file for a list. The same as --star."),
    ] = None,
    star: Annotated[
        list[str],
        typer.Option(
            help="Star, in any spelling; repeatable; @file for a list.", rich_help_panel=QUERY
        ),
    ] = [],  # noqa: B006
    frame: Annotated[
        list[str],
        typer.Option(
            help="Type of the main frames, such as IFS_ASTROMETRY_RAW; repeatable.",
            rich_help_panel=QUERY,
        ),
    ] = [],  # noqa: B006
    night: Annotated[
        str,
        typer.Option(
            help="Night or range: 2020-03-07, 2020-03-07..2020-03-14.", rich_help_panel=QUERY
        ),
    ] = "",
    arm: Annotated[str, typer.Option(help="IFS, IRDIS, ZIMPOL ...", rich_help_panel=QUERY)] = "",
    filter_: Annotated[
        str, typer.Option("--filter", help="Exactly this filter.", rich_help_panel=QUERY)
    ] = "",
    programme: Annotated[
        str, typer.Option(help="ESO programme: 1100.C-0481(F).", rich_help_panel=QUERY)
    ] = "",
    recipe: Annotated[
        str,
        typer.Option(
            help="NAME, NAME@VERSION, NAME#CHANNEL, or ./FOLDER: an unpublished working copy; by "
            "default the frame type's recipe.",
            rich_help_panel=RECIPE,
        ),
    ] = "",
    preset: Annotated[str, typer.Option(help="Named parameter set.", rich_help_panel=RECIPE)] = "",
    set_: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A parameter of the recipe; repeatable.",
            rich_help_panel=RECIPE,
        ),
    ] = [],  # noqa: B006
    workflow: Annotated[
        str,
        typer.Option(
            help="A suite of recipes: NAME, NAME@VERSION or a file; `cobrex workflow list`.",
            rich_help_panel=RECIPE,
        ),
    ] = "",
    from_: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="STEP",
            help="Start at this step of the workflow: those before it must be done.",
            rich_help_panel=RECIPE,
        ),
    ] = "",
    until: Annotated[
        str,
        typer.Option(metavar="STEP", help="Stop at this step.", rich_help_panel=RECIPE),
    ] = "",
    rule: Annotated[
        list[str],
        typer.Option(
            metavar="RULE.KEY=VALUE",
            help="Change an association rule for this request: "
            "ird_flat.inputs.bpm.max_level=1; repeatable.",
            rich_help_panel=RECIPE,
        ),
    ] = [],  # noqa: B006
    refresh: Annotated[
        bool,
        typer.Option(
            "--refresh",
            help="Make anew what better inputs have come for since.",
            rich_help_panel=RECIPE,
        ),
    ] = False,
    require_validation: Annotated[
        bool,
        typer.Option(
            "--require-validation",
            help="What is made from a product waits until a person has accepted it.",
            rich_help_panel=RECIPE,
        ),
    ] = False,
    lock: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Versions and presets come from this lock file alone; by default from the "
            "suite in use, if any.",
            rich_help_panel=RECIPE,
        ),
    ] = None,
    need: Annotated[
        list[str],
        typer.Option(
            metavar="[RECIPE.]KEY=VALUE",
            help="What processes may use: memory=16GiB, ird_flat.cores=4; cores, memory, "
            "walltime, scratch, partition, account, qos, constraint; repeatable.",
            rich_help_panel=WHERE,
        ),
    ] = [],  # noqa: B006
    force: Annotated[
        bool,
        typer.Option("--force", help="Make it anew even when it is done.", rich_help_panel=RECIPE),
    ] = False,
    profile: Annotated[
        str,
        typer.Option(help="Snakemake profile: local, slurm, or a folder.", rich_help_panel=WHERE),
    ] = "local",
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            help="Cores to use on this machine.",
            rich_help_panel=WHERE,
            show_default="all",
        ),
    ] = os.cpu_count() or 1,
    name: Annotated[str, typer.Option(help="Name of the batch.", rich_help_panel=WHERE)] = "",
    detach: Annotated[
        bool,
        typer.Option(
            "--detach",
            help="Leave it to a process of its own; `cobrex batch watch` joins it.",
            rich_help_panel=WHERE,
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show the plan and stop.", rich_help_panel=WHERE)
    ] = False,
    keep_scratch: Annotated[
        bool,
        typer.Option(
            "--keep-scratch", help="Keep all files of the processes.", rich_help_panel=WHERE
        ),
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Plan (with --dry-run) or outcome as JSON.", rich_help_panel=WHERE
        ),
    ] = False,
) -> int:
    """Reduce observations: find the frames and their calibrations, make what is not made yet.

    Examples: cobrex reduce --star HR100 --frame IFS_ASTROMETRY_RAW;
    cobrex reduce @stars.txt --workflow irdis_dbi --name survey1 --detach
    """
    asked = {**locals(), "star": [*(target or []), *star]}
    from cobrex import settings as places
    from cobrex.batch.claims import batch_folder
    from cobrex.batch.snakemake import profile_folder

    from .request import request_of

    settings = places.load()
    profile_folder(profile)
    if name:
        batch_folder(settings, name)
    prepared = prepare_request(settings, request_of(settings, asked), quiet=as_json)
    if dry_run or not prepared.wanted:
        if not dry_run:
            take_up(settings, prepared)
            return _only_plan(prepared, as_json=as_json)
        from .estimate_view import foresee

        foreseen = foresee(settings, prepared, profile=profile, jobs=jobs)
        return _only_plan(prepared, foreseen, as_json=as_json)
    from cobrex.batch.opening import open_batch

    from .driving import close_batch, drive_batch

    opening = partial(
        open_batch, settings=settings, prepared=prepared, name=name, profile=profile, cores=jobs
    )
    outcome = drive_batch(settings, prepared, opening, quiet=as_json, detach=detach)
    return close_batch(outcome, as_json=as_json)


def prepare_request(settings: Settings, request: Request, *, quiet: bool) -> Prepared:
    """Plan a request, with what killed batches have left."""
    from cobrex.batch import orphans
    from cobrex.batch.prepare import prepare
    from cobrex.batch.recipes import Kitchen
    from cobrex.registry import open_registry
    from cobrex_db.engine import open_catalogue

    from .progress import bar

    engine = open_catalogue(settings.database_url)
    orphans.clear(engine, settings)
    registry = open_registry(settings)
    with bar("hashing frames", quiet=quiet) as progress:
        prepared = prepare(engine, Kitchen(registry, settings), request, progress)
        if prepared.wanted and _was_left(engine, settings, prepared):
            prepared = prepare(engine, Kitchen(registry, settings), request, progress)
    return prepared


def _was_left(engine: Engine, settings: Settings, prepared: Prepared) -> bool:
    """Take what a killed driver left of what is to be made; whether there was any."""
    from cobrex.batch.drive import reconcile

    return reconcile(engine, settings, prepared)


def take_up(settings: Settings, prepared: Prepared) -> None:
    """What is done already belongs to this workspace too."""
    from cobrex.batch.access import adopt
    from cobrex_db.engine import open_catalogue

    done = [prepared.known[key].process_id for key in prepared.reused]
    adopt(open_catalogue(settings.database_url), prepared.request, done)


def _only_plan(prepared: Prepared, foreseen: Foreseen | None = None, *, as_json: bool) -> int:
    from . import estimate_view, plan_view
    from .driving import of_plan
    from .output import emit_json, say

    if as_json:
        cost = {} if foreseen is None else {"estimate": estimate_view.as_json(*foreseen)}
        emit_json({**plan_view.as_json(prepared), **cost})
    else:
        plan_view.show(prepared)
        if foreseen is None:
            say("nothing to do (--force makes anew what is done)")
        else:
            estimate_view.show(*foreseen)
    return of_plan(prepared)
