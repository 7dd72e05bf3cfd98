"""cobrex recipe deprecate, yank, promote: what holds of a version after it was published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex.settings import Settings
    from cobrex_registry.curation.declare import Declared
    from cobrex_registry.repository import Registry
    from cobrex_registry.standing.channels import Promotion

Kind = Annotated[str, typer.Option(help="recipe, preset, suite, workflow or rules.")]
One = Annotated[str, typer.Argument(metavar="NAME@VERSION", help="The version, in full.")]
OneOrAll = Annotated[
    str, typer.Argument(metavar="NAME[@VERSION]", help="One version, or all there are and will be.")
]
Reason = Annotated[str, typer.Option(help="Why: whoever uses the version is told.")]
Use = Annotated[str, typer.Option(metavar="OTHER", help="What to use instead: NAME or NAME@RANGE.")]


def deprecate(
    recipe: OneOrAll,
    reason: Reason = "",
    use: Use = "",
    kind: Kind = "recipe",
) -> None:
    """Advise against a version: it goes on being used, with a warning."""
    _say_declared(_declare("deprecate", recipe, kind, reason, use), reason, use)


def undeprecate(recipe: OneOrAll, reason: Reason = "", kind: Kind = "recipe") -> None:
    """Take a deprecation back."""
    _say_declared(_declare("undeprecate", recipe, kind, reason), reason)


def yank(
    recipe: One,
    reason: Reason = "",
    use: Use = "",
    kind: Kind = "recipe",
) -> None:
    """Take a version out of ranges and channels; by its exact number and in locks it still runs."""
    from cobrex.cli.output import say

    done = _declare("yank", recipe, kind, reason, use)
    _say_declared(done, reason, use)
    for channel in done.channels:
        name = done.what.partition("@")[0].removeprefix("main/")
        say(
            f"warning: {channel} of {name} stands on it, and is refused until it is moved: "
            f"cobrex recipe promote {name} {channel} --rollback"
            + ("" if kind == "recipe" else f" --kind {kind}")
        )


def unyank(recipe: One, reason: Reason = "", kind: Kind = "recipe") -> None:
    """Let a yanked version be used again."""
    _say_declared(_declare("unyank", recipe, kind, reason), reason)


def promote(
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="NAME[@VERSION]",
            help="The version in full; without it, or with a range, the newest release.",
        ),
    ],
    channel: Annotated[str, typer.Argument(help="production, test, or any other name.")],
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to the version it stood on before.")
    ] = False,
    reason: Annotated[str, typer.Option(help="For people: kept in the channel's history.")] = "",
    kind: Kind = "recipe",
) -> None:
    """Let a channel stand on a version: NAME#production is that one from now on.

    Example: cobrex recipe promote ifs_astrometry@1.2.0 production
    """
    from cobrex import settings
    from cobrex.cli.output import say
    from cobrex.registry import open_registry
    from cobrex.trial.attesting import demanded
    from cobrex_registry.curation.promotion import move
    from cobrex_registry.ident import caller

    current = settings.load()
    registry = open_registry(current)
    made = move(
        registry,
        recipe,
        channel,
        kind=kind,
        rollback=rollback,
        why=reason,
        author=_author(current),
        who=caller(),
        demand=demanded(registry, current, channel),
    )
    name = made.promotion.full_name.removeprefix("main/")
    if not made.moved:
        say(f"{channel} of {name} stands on {made.promotion.version} already")
    elif made.before:
        say(f"{channel} of {name}: {made.before} -> {made.promotion.version}")
    else:
        say(f"{channel} of {name}: {made.promotion.version} (it stood on nothing before)")


def channels(
    recipe: Annotated[str, typer.Argument(metavar="[NAME]", help="Only those of this one.")] = "",
    history: Annotated[
        bool, typer.Option("--history", help="Every move, the newest first.")
    ] = False,
    kind: Kind = "recipe",
    as_json: AsJson = False,
) -> None:
    """List where the channels stand, since when, by whom."""
    from cobrex import settings
    from cobrex.cli.output import emit, emit_json
    from cobrex.registry import open_registry
    from cobrex_registry.semver import Spec
    from cobrex_registry.standing.channels import promotions

    registry = open_registry(settings.load())
    wanted = Spec.parse(recipe).full_name if recipe else ""
    if wanted and not registry.versions(kind, wanted):
        registry.resolve(kind, wanted)  # tells the nearest names
    found = sorted(promotions(registry.git, kind), key=lambda one: (one.full_name, one.channel))
    found = [one for one in found if wanted in {"", one.full_name}]
    if as_json:
        emit_json([_as_json(one) for one in found])
        return
    rows = [row for one in found for row in _rows(one, every=history)]
    emit(rows, ("name", "channel", "version", "since", "by", "note"))


def _declare(action: str, text: str, kind: str, reason: str, use: str = "") -> Declared:
    from cobrex import settings
    from cobrex.registry import open_registry
    from cobrex_registry.curation.declare import declare
    from cobrex_registry.ident import caller

    current = settings.load()
    registry: Registry = open_registry(current)
    return declare(
        registry,
        action,
        text,
        kind=kind,
        reason=reason,
        replacement=use,
        author=_author(current),
        by=caller(),
    )


def _author(current: Settings) -> Any:
    from cobrex_registry.authoring.author import author_of

    return author_of(Path.cwd(), current.user)


def _say_declared(done: Declared, reason: str, use: str = "") -> None:
    from cobrex.cli.output import say

    if not done.changed:
        say(f"{done.what} is {done.done} already, with this reason")
        return
    because = f": {' '.join(reason.split())}" if reason.strip() else ""
    say(f"{done.what} is {done.done}{because}" + (f"; use {use} instead" if use else ""))


def _as_json(one: Promotion) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "name": one.full_name,
        "channel": one.channel,
        "version": one.version,
        "why": one.why,
        "length": one.length,
        "history": [asdict(step) for step in one.history],
    }


def _rows(one: Promotion, *, every: bool) -> list[dict[str, Any]]:
    steps = one.history[::-1] if every else one.history[-1:]
    rows = []
    for step in steps:
        words = [step.why, "(rollback)" if step.rollback else ""]
        rows.append(
            {
                "name": one.full_name.removeprefix("main/"),
                "channel": one.channel,
                "version": step.version,
                "since": step.at,
                "by": step.who,
                "note": " ".join(word for word in words if word),
            }
        )
    return rows
