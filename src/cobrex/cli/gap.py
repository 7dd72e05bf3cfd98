"""cobrex gap: what is lacking for whom, and the archive query that would find it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex.batch.gap import Lack
    from cobrex.batch.prepare import Prepared

_MOST = 20


def gap(
    star: Annotated[
        list[str], typer.Option(help="Star, in any spelling, or @FILE; repeatable.")
    ] = [],  # noqa: B006
    night: Annotated[str, typer.Option(help="2020-03-07 or 2020-03-07..2020-03-14.")] = "",
    frame: Annotated[list[str], typer.Option(help="Type of the main frames; repeatable.")] = [],  # noqa: B006
    workflow: Annotated[str, typer.Option(help="NAME, NAME@VERSION or a file.")] = "",
    recipe: Annotated[str, typer.Option(help="Only for this recipe.")] = "",
    as_json: AsJson = False,
) -> int:
    """Tell which calibrations are lacking, for whom, and the archive query that would find them.

    Example: cobrex gap --workflow irdis_dbi --night 2018-04-13
    """
    from cobrex.batch.gap import lacks

    prepared = _plan(star, night, frame, workflow, recipe)
    found = lacks(prepared)
    if as_json:
        from .output import emit_json

        emit_json({"lacking": [lack.as_json() for lack in found], "tap": _tap()})
    else:
        _print(prepared, found)
    return 5 if any(lack.needed for lack in found) or prepared.plan.gaps else 0


def _tap() -> str:
    from cobrex.batch.archive_query import TAP

    return TAP


def _plan(star: list[str], night: str, frame: list[str], workflow: str, recipe: str) -> Prepared:
    from cobrex import settings as places
    from cobrex.batch.request import Request
    from cobrex_db.nights import parse_nights

    from .pairs import expand
    from .reduce import prepare_request

    settings = places.load()
    request = Request(
        stars=tuple(expand(star)),
        frame_types=tuple(frame),
        nights=parse_nights(night),
        recipe=recipe or None,
        workflow=workflow,
        user=settings.user,
        workspace=settings.workspace,
    )
    return prepare_request(settings, request, quiet=True)


def _print(prepared: Prepared, found: list[Lack]) -> None:
    from .output import say

    if not found:
        for one in prepared.plan.gaps[:_MOST]:
            say(
                f"cannot  {one.recipe}  {one.main}",
                f"        {one.message}",
                f"        cure: {one.hint}",
            )
        if not prepared.plan.gaps:
            say(f"nothing is lacking for {len(prepared.plan.processes)} processes")
        return
    for lack in found[:_MOST]:
        say(*_lines(lack), "")
    if len(found) > _MOST:
        say(f"... and {len(found) - _MOST} more (--json shows all)")
    say(f"the queries are ADQL for {_tap()}")


def _lines(lack: Lack) -> list[str]:
    sought = lack.sought
    setup = ", ".join(
        f"{c} = {'unknown' if v is None else v}" for c, v in sought.conditions.items()
    )
    when = f", nights {sought.nights[0]} to {sought.nights[1]}" if sought.nights else ""
    how = "lacking" if lack.needed else "better with"
    return [
        f"{how}  {' or '.join(sought.frame_types)}" + (f" with {setup}" if setup else "") + when,
        f"  for {_few(lack.roles)} of {lack.processes} process{'es' * (lack.processes > 1)}"
        + (f": {_few(lack.stars)}" if lack.stars else "")
        + (f", observed {_few([str(n) for n in lack.nights])}" if lack.nights else ""),
        *(f"    {line}" for line in lack.query.splitlines()),
    ]


def _few(words: list[str]) -> str:
    return ", ".join(words[:6]) + (f" and {len(words) - 6} more" if len(words) > 6 else "")
