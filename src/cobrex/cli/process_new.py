"""cobrex process new: a process of given main frames, its other inputs proposed, edited, made."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cobrex.batch.edits import Edits
    from cobrex.batch.prepare import Prepared
    from cobrex.batch.proposal import Proposal
    from cobrex.batch.request import Request
    from cobrex.settings import Settings

CHOICE = "What to use"
KEEP = "What becomes of it"


def new(
    recipe: Annotated[str, typer.Argument(help="NAME, NAME@VERSION or NAME#CHANNEL.")],
    main: Annotated[
        list[str],
        typer.Option(
            help="A main frame: id, archive name or path; repeatable.", rich_help_panel=CHOICE
        ),
    ],
    input_: Annotated[
        list[str],
        typer.Option(
            "--input",
            metavar="ROLE=FRAME",
            help="Use this frame in a role; repeatable: exactly these.",
            rich_help_panel=CHOICE,
        ),
    ] = [],  # noqa: B006
    without: Annotated[
        list[str],
        typer.Option(metavar="ROLE", help="Leave a role empty.", rich_help_panel=CHOICE),
    ] = [],  # noqa: B006
    workflow: Annotated[
        str,
        typer.Option(
            help="Rules of this workflow: NAME, NAME@VERSION or a file.", rich_help_panel=CHOICE
        ),
    ] = "",
    edit: Annotated[
        bool,
        typer.Option("--edit", help="Choose in $EDITOR, in a short YAML.", rich_help_panel=CHOICE),
    ] = False,
    preset: Annotated[str, typer.Option(help="Named parameter set.", rich_help_panel=CHOICE)] = "",
    set_: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A parameter of the recipe; repeatable.",
            rich_help_panel=CHOICE,
        ),
    ] = [],  # noqa: B006
    save_pin: Annotated[
        bool,
        typer.Option(
            "--save-pin",
            help="Keep the chosen inputs: later plans use them too.",
            rich_help_panel=KEEP,
        ),
    ] = False,
    why: Annotated[
        str, typer.Option(help="Why these inputs; kept with them.", rich_help_panel=KEEP)
    ] = "",
    save_preset: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Publish the parameters as a preset.", rich_help_panel=KEEP
        ),
    ] = "",
    submit: Annotated[
        bool, typer.Option("--submit", help="Make it, as a batch.", rich_help_panel=KEEP)
    ] = False,
    name: Annotated[str, typer.Option(help="Name of the batch.", rich_help_panel=KEEP)] = "",
    as_json: AsJson = False,
) -> int:
    """Propose a process of these main frames: which inputs, why, what else would do.

    Example: cobrex process new adi_pca --main 4711 --input psf=4720 --why "the other one drifted"
    """
    from dataclasses import replace

    from cobrex import settings
    from cobrex.batch.edits import Edits, keep, pinned
    from cobrex_db.engine import open_catalogue

    from . import proposal_edit, proposal_view
    from .keep_people import keep_people
    from .output import say
    from .pairs import pairs
    from .reduce import prepare_request

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    request = replace(
        _request(configured, main),
        recipe=recipe,
        workflow=workflow,
        preset=preset or None,
        parameters=pairs(set_),
    )
    prepared = prepare_request(configured, request, quiet=as_json)
    proposal = _proposed(prepared)
    edits = Edits(_by_role(input_), without, why)
    if edit:
        edits, values = proposal_edit.edit(proposal, edits)
        request = replace(request, parameters={**request.parameters, **values})
    _refuse_nothing_to_keep(edits, save_pin=save_pin, why=why)
    if edits or edit:
        request = replace(request, pins=pinned(engine, request, proposal, edits))
        prepared = prepare_request(configured, request, quiet=as_json)
        proposal = _proposed(prepared)
    if not as_json:
        proposal_view.show(proposal)
    elif not submit:
        proposal_view.emit(proposal)
    if save_pin:
        keep(engine, request, request.pins, why)
        keep_people(engine)
        if not as_json:
            say("kept: plans of this workspace use them from now on (cobrex process pins)")
    if save_preset:
        _save_preset(prepared, proposal, save_preset)
    if submit:
        return _submit(configured, prepared, name, as_json=as_json)
    if proposal.state == "make" and not as_json:
        say("nothing is made yet: --submit makes it")
    return 0 if proposal.key else 5


def _request(settings: Settings, main: Sequence[str]) -> Request:
    """Main frames are looked up, and hashed: pins are kept by their contents."""
    from cobrex.batch.locks import chosen
    from cobrex.batch.request import Request
    from cobrex_db.engine import open_catalogue
    from cobrex_db.frame_lookup import frame_by
    from cobrex_db.locate import locate
    from cobrex_db.query import describe_frame

    engine = open_catalogue(settings.database_url)
    with engine.connect() as connection:
        ids = [frame_by(connection, text, viewer=settings.user) for text in main]
        rows = [describe_frame(connection, number) or {} for number in ids]
    locate(engine, ids)
    # rules name the types of what was not made here
    types = {row["frame_type"] for row in rows if row["process_id"] is None}
    return Request(
        frame_types=tuple(sorted(types)),
        user=settings.user,
        workspace=settings.workspace,
        main=tuple(dict.fromkeys(ids)),
        lock=chosen(settings, None),
    )


def _proposed(prepared: Prepared) -> Proposal:
    from cobrex.batch.proposal import propose

    return propose(prepared)


def _by_role(words: Sequence[str]) -> dict[str, list[str]]:
    from .pairs import pairs

    found: dict[str, list[str]] = {}
    for word in words:
        for role, frame in pairs([word], "--input").items():
            found.setdefault(role, []).append(frame)
    return found


def _refuse_nothing_to_keep(edits: Edits, *, save_pin: bool, why: str) -> None:
    from cobrex.errors import UsageError

    if save_pin and not edits:
        raise UsageError(
            "there is no choice of yours to keep",
            hint="give --input ROLE=FRAME or --without ROLE, or --edit",
            kind="pin",
        )
    if save_pin and not why.strip():
        raise UsageError(
            "a pin that is kept wants a reason",
            hint='--why "the lamp was off in the nearer one"',
            kind="why",
        )


def _save_preset(prepared: Prepared, proposal: Proposal, name: str) -> None:
    from cobrex_registry.recipe.parameters import spell

    from .preset_save import save

    use = prepared.kitchen.uses[proposal.association]
    save(
        name=name,
        process="",
        recipe=f"{use.name}@{use.version}",
        set_=[f"{key}={spell(value)}" for key, value in use.parameters.items()],
        title="",
        version="",
        namespace="main",
        folder=None,
    )


def _submit(settings: Settings, prepared: Prepared, name: str, *, as_json: bool) -> int:
    from cobrex.batch.opening import open_batch

    from .driving import close_batch, drive_batch
    from .output import emit_json, say
    from .plan_view import as_json as plan
    from .reduce import take_up

    if prepared.wanted:
        opening = partial(
            open_batch, settings=settings, prepared=prepared, name=name, profile="local",
            cores=os.cpu_count() or 1,
        )  # fmt: skip
        outcome = drive_batch(settings, prepared, opening, quiet=as_json)
        return close_batch(outcome, as_json=as_json)
    take_up(settings, prepared)
    if as_json:
        emit_json(plan(prepared))
    else:
        say(f"nothing to do: it {'is done' if prepared.asked else 'cannot be made'}")
    return 6 if prepared.spoilt else 0 if prepared.asked else 5
