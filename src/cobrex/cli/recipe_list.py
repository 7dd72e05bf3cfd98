"""cobrex recipe list, search: what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsCsv, AsJson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cobrex_registry.index.facts import Facts
    from cobrex_registry.index.thing import Thing
    from cobrex_registry.repository import Registry
    from cobrex_registry.version import Version

Every = Annotated[bool, typer.Option("--all", help="Every version, not the newest of each.")]
Channel = Annotated[str, typer.Option(help="The versions this channel stands on.")]
COLUMNS = ("recipe", "version", "channels", "standing", "main_input", "main_output", "title")
_WIDE = 120


def list_recipes(
    every: Every = False,
    channel: Channel = "",
    namespace: Annotated[str, typer.Option(help="Only recipes of this namespace.")] = "",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the published recipes."""
    from cobrex.cli.output import say

    registry = _registry()
    chosen = list(_chosen(registry, every, channel, namespace))
    _emit(registry, chosen, as_json=as_json, as_csv=as_csv)
    if not as_json and not as_csv:
        for name, error in registry.blocked.items():
            say(f"{name} cannot be used: {error.message}")


def search(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Words of name, title or description.")
    ] = "",
    instrument: Annotated[str, typer.Option(help="SPHERE/IFS, or its beginning.")] = "",
    takes: Annotated[
        str, typer.Option("--in", metavar="FRAME_TYPE", help="What takes these frames.")
    ] = "",
    makes: Annotated[
        str, typer.Option("--out", metavar="FRAME_TYPE", help="What makes these frames.")
    ] = "",
    parameter: Annotated[
        str, typer.Option(metavar="NAME", help="What has a parameter of this name.")
    ] = "",
    channel: Channel = "",
    every: Every = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Search the published recipes; all that is asked for must hold.

    Example: cobrex recipe search --in IFS_ASTROMETRY_RAW
    """
    from cobrex_registry.index.facts import facts_of

    registry = _registry()
    chosen = list(_chosen(registry, every, channel, ""))
    found = facts_of(registry.index, [version for _, version in chosen])
    good = [
        pair
        for pair, facts in zip(chosen, found, strict=True)
        if facts.matches(
            _without_name(text, pair[1]), instrument=instrument, takes=takes, makes=makes,
            parameter=parameter,
        )
    ]  # fmt: skip
    _emit(registry, good, as_json=as_json, as_csv=as_csv)


def _registry() -> Registry:
    from cobrex import settings
    from cobrex.registry import open_registry

    return open_registry(settings.load())


def _without_name(text: str, version: Version) -> str:
    """Leave out the words that stand in the recipe's name: the others are to be found."""
    return " ".join(word for word in text.split() if word.casefold() not in version.full_name)


def _chosen(
    registry: Registry, every: bool, channel: str, namespace: str
) -> Iterator[tuple[Thing, Version]]:
    for thing in registry.things("recipe"):
        if namespace and thing.namespace != namespace:
            continue
        if channel:
            at = thing.channels.get(channel, ("", ""))[1]
            yield from ((thing, one) for one in thing.versions if one.tag_sha == at)
        elif every:
            yield from ((thing, one) for one in thing.versions)
        elif thing.versions:
            yield thing, _newest(thing)


def _newest(thing: Thing) -> Version:
    """Return what the bare name gives; where that is nothing, the newest there is."""
    releases = [one for one in thing.versions if not one.number.pre]
    usable = [one for one in releases if thing.standing(one).yanked is None]
    return (usable or releases or thing.versions)[-1]


def _emit(
    registry: Registry, chosen: Sequence[tuple[Thing, Version]], *, as_json: bool, as_csv: bool
) -> None:
    from cobrex.cli.output import emit, terminal_width
    from cobrex_registry.index.facts import facts_of

    found = facts_of(registry.index, [version for _, version in chosen])
    rows = [_row(*pair, facts) for pair, facts in zip(chosen, found, strict=True)]
    left_out = {c for c in ("channels", "standing") if not any(row[c] for row in rows)}
    if (terminal_width() or _WIDE) < _WIDE:
        left_out.add("main_input")
    shown = [c for c in COLUMNS if as_csv or c not in left_out]
    if as_json:
        for row in rows:
            row["channels"] = row["channels"].split()
    emit(rows, shown, as_json=as_json, as_csv=as_csv)


def _row(thing: Thing, version: Version, facts: Facts) -> dict[str, Any]:
    standing = thing.standing(version)
    words = ("yanked" if standing.yanked else "", "deprecated" if standing.deprecated else "")
    return {
        "recipe": version.full_name.removeprefix("main/"),
        "version": version.version,
        "title": facts.title or f"damaged: {facts.trouble}",
        "instrument": facts.instrument,
        "main_input": " | ".join(facts.main_input),
        "main_output": facts.main_output,
        "channels": " ".join(thing.channels_of(version)),
        "standing": " ".join(word for word in words if word),
        "published": version.published,
    }
