"""cobrex why: why a process has the inputs it has, and not others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex.batch.why import Role, Why
    from cobrex.plan.explain import Considered

_SHOWN = 8


def why(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Beginning of a process's key, or a product: frame id, file, content id.",
        ),
    ],
    input_: Annotated[str, typer.Option("--input", metavar="ROLE", help="Only this input.")] = "",
    every: Annotated[
        bool, typer.Option("--all", help="All candidates, not only the best of each source.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Explain the inputs of a process: every candidate, its level, its time, what it lacked.

    Example: cobrex why 8E1U0SjD --input background
    """
    from cobrex import settings as places
    from cobrex.batch.why import why as explain
    from cobrex_db.engine import open_catalogue

    from .output import emit_json

    settings = places.load()
    found = explain(open_catalogue(settings.database_url), settings, name, input_)
    if as_json:
        emit_json(_json(found))
    else:
        _show(found, every=every)


def _show(found: Why, *, every: bool) -> None:
    from .output import say

    say(
        f"process   {found.key}",
        f"          {found.recipe}@{found.version}: {found.main}",
        f"rule      {found.association} of {found.rules}",
        f"plan      batch {found.batch}, {found.planned[:16]} UTC",
        *(f"warning   {text}" for text in found.warnings),
        "",
    )
    for role in found.roles:
        _role(role, every=every)
    agrees = "what was used is what these rules choose from what was there then"
    say(
        *(f"differs   {text}" for text in found.differs),
        *(() if found.differs else (f"agrees    {agrees}",)),
        *(f"since     {text}" for text in found.changed),
    )


def _role(role: Role, *, every: bool) -> None:
    from .output import say, table
    from .reason import bare

    shown = role.considered if every else _best(role.considered)
    rows = [
        {
            "": "*" if one.chosen else "",
            "candidate": one.frame.name,
            "source": one.source,
            "level": one.level,
            "dt_d": None if one.delta_d is None else f"{one.delta_d:+.2f}",
            "why": bare(one.why),
        }
        for one in shown
    ]
    columns = ["", "candidate", "source", "level", "dt_d", "why"]
    if all(one.source == shown[0].source for one in shown):
        columns.remove("source")
    say(role.name + (f" ({shown[0].source})" if rows and "source" not in columns else ""))
    if rows:
        table(rows, columns)
    else:
        say("  nothing was looked at", "")
    if hidden := len(role.considered) - len(shown):
        say(f"  {hidden} more: --all", "")
    if role.newer:
        say(f"  since then: {_since(role)}", "")


def _since(role: Role) -> str:
    words = f"{role.newer} newer candidate{'s' if role.newer > 1 else ''}"
    if role.better is None:
        return f"{words}, none better"
    one = role.better
    when = "" if one.delta_d is None else f", {one.delta_d:+z.2f} d"
    return f"{words}; better one: {one.frame.name} (level {one.level or 0}{when})"


def _best(considered: list[Considered]) -> list[Considered]:
    """What was chosen and the first few others of each source."""
    shown: list[Considered] = []
    others: dict[str, int] = {}
    for one in considered:
        others[one.source] = others.get(one.source, 0) + (not one.chosen)
        if one.chosen or others[one.source] <= _SHOWN:
            shown.append(one)
    return shown


def _json(found: Why) -> dict[str, Any]:
    return {
        **{
            name: getattr(found, name)
            for name in (
                *("key", "recipe", "version", "association", "rules", "main", "batch", "planned"),
                *("warnings", "differs", "changed"),
            )
        },
        "inputs": {
            role.name: {
                "considered": [_one(c) for c in role.considered],
                "newer": role.newer,
                "better": _one(role.better) if role.better else None,
            }
            for role in found.roles
        },
    }


def _one(one: Considered) -> dict[str, Any]:
    frame = one.frame
    return {
        "frame_id": frame.frame_id or None,
        "name": frame.name,
        "frame_type": frame.frame_type,
        "made_by": frame.maker.association.name if frame.maker else None,
        "source": one.source,
        "level": one.level,
        "delta_d": one.delta_d,
        "chosen": one.chosen,
        "why": one.why,
    }
