"""cobrex recipe suite: versions that belong together, published under one number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex.settings import Settings

app = typer.Typer(help="Suites: exact versions published under one number.", no_args_is_help=True)
One = Annotated[
    str, typer.Argument(metavar="NAME[@VERSION]", help="NAME, NAME@VERSION or NAME#CHANNEL.")
]


@app.command()
def publish(
    suite: Annotated[str, typer.Argument(metavar="NAME@VERSION", help="What it will be called.")],
    lock: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Lock file that holds the members.")
    ] = None,
    from_: Annotated[
        list[str],
        typer.Option("--from", metavar="NAME[@RANGE]", help="Pin this recipe for it; repeatable."),
    ] = [],  # noqa: B006
    title: Annotated[str, typer.Option(help="For people.")] = "",
) -> None:
    """Publish exact versions of recipes and presets under one number.

    Example: cobrex recipe suite publish pipeline@0.15.0 --lock cobrex.lock
    """
    from cobrex import settings
    from cobrex.batch.pinning import wanted
    from cobrex.cli.output import say
    from cobrex.cli.recipe_pin import counted
    from cobrex.errors import UsageError
    from cobrex.registry import open_registry
    from cobrex_registry.authoring.author import author_of
    from cobrex_registry.locks.lock import read
    from cobrex_registry.locks.pin import pin
    from cobrex_registry.locks.suite import publish_suite

    if (lock is None) == (not from_):
        raise UsageError(
            "a suite is made from --lock FILE or from --from NAME, one of the two",
            hint="cobrex recipe pin writes a lock file",
            kind="suite",
        )
    current = settings.load()
    registry = open_registry(current)
    held = read(lock) if lock is not None else pin(registry, wanted(registry, from_), current.cache)
    before = {one.ref for one in registry.list("suite")}
    version = publish_suite(
        registry,
        suite,
        held.entries,
        title=title,
        author=author_of(Path.cwd(), current.user),
    )
    done = "was published already" if version.ref in before else "is published"
    say(f"suite {version} {done}: {counted(held.entries)}")


@app.command("list")
def list_suites(
    every: Annotated[bool, typer.Option("--all", help="Every version, not the newest.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the published suites; the one in use is marked."""
    from cobrex import settings
    from cobrex.cli.output import emit
    from cobrex.registry import open_registry
    from cobrex_registry.locks.suite import read

    current = settings.load()
    registry = open_registry(current)
    used = _used(current)
    rows = []
    for thing in registry.things("suite"):
        usable = [v for v in thing.versions if not v.number.pre and not thing.standing(v).yanked]
        for version in thing.versions if every else usable[-1:] or thing.versions[-1:]:
            suite = read(registry, version)
            standing = thing.standing(version)
            rows.append(
                {
                    "suite": version.full_name.removeprefix("main/"),
                    "version": version.version,
                    "members": len(suite.members),
                    "channels": ", ".join(thing.channels_of(version)),
                    "title": suite.title,
                    "published": version.published,
                    "standing": "yanked"
                    if standing.yanked
                    else "deprecated"
                    if standing.deprecated
                    else "",
                    "used": str(version) == used,
                }
            )
    for row in rows if not as_json else ():
        row["used"] = "in use" if row["used"] else ""
    columns = ("suite", "version", "members", "channels", "standing", "used", "title")
    emit(rows, columns, as_json=as_json)


@app.command()
def show(suite: One, as_json: AsJson = False) -> None:
    """Show what a suite holds."""
    from cobrex import settings
    from cobrex.cli.output import emit_json, say
    from cobrex.cli.recipe_pin import counted, show_entries
    from cobrex.registry import open_registry
    from cobrex_registry.locks.suite import as_lock, read

    registry = open_registry(settings.load())
    version = registry.resolve("suite", suite)
    found = read(registry, version)
    thing = registry.thing("suite", version.full_name)
    numbers = [one.version for one in thing.versions]
    if as_json:
        emit_json(
            {
                "name": version.full_name,
                "version": found.version,
                "title": found.title,
                "published": version.published,
                "tag": version.tag_sha,
                "digest": as_lock(registry, version).digest,
                "channels": thing.channels_of(version),
                "versions": numbers,
                "members": [one.as_json() for one in found.members],
            }
        )
        return
    title = f": {found.title}" if found.title else ""
    say(f"suite {version.full_name.removeprefix('main/')} {found.version}{title}", "")
    show_entries(found.members)
    channels = thing.channels_of(version)
    if channels:
        say(f"channels: {', '.join(channels)}")
    say(f"{counted(found.members)}", f"versions: {', '.join(numbers[::-1])}")


@app.command()
def use(
    suite: Annotated[
        str, typer.Argument(metavar="[NAME[@VERSION]]", help="NAME, NAME@VERSION or NAME#CHANNEL.")
    ] = "",
    none: Annotated[bool, typer.Option("--none", help="Use no suite any more.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write a lock file for reduce --lock instead."
        ),
    ] = None,
) -> None:
    """Let reduce take all versions from a suite; without a name, say which one holds.

    Example: cobrex recipe suite use pipeline#production
    """
    from cobrex import settings
    from cobrex.batch.locks import active
    from cobrex.cli.output import say
    from cobrex.cli.recipe_pin import counted
    from cobrex.errors import UsageError
    from cobrex.registry import open_registry
    from cobrex_registry.locks.lock import write
    from cobrex_registry.locks.locked import verify
    from cobrex_registry.locks.suite import as_lock

    current = settings.load()
    if none and (suite or output):
        raise UsageError("--none stands alone", hint="cobrex recipe suite use --none", kind="suite")
    if none or not suite:
        if output:
            raise UsageError(
                "which suite?", hint="cobrex recipe suite use NAME --output FILE", kind="suite"
            )
        _none(current) if none else _which(current)
        return
    registry = open_registry(current)
    lock = as_lock(registry, registry.resolve("suite", suite))
    verify(registry, lock)
    place = output or active(current)
    place.parent.mkdir(parents=True, exist_ok=True)
    write(place, lock)
    name = lock.suite.removeprefix("main/")
    if output:
        say(f"suite {name} ({counted(lock.entries)}) in {output}",
            f"use it: cobrex reduce --lock {output} ...")  # fmt: skip
    else:
        say(f"reduce takes all versions from suite {name}: {counted(lock.entries)}",
            "until another one is used, or cobrex recipe suite use --none")  # fmt: skip


def _none(current: Settings) -> None:
    from cobrex.batch.locks import active
    from cobrex.cli.output import say

    used = _used(current)
    active(current).unlink(missing_ok=True)
    say(f"suite {used.removeprefix('main/')} is not used any more" if used else "no suite was used")


def _which(current: Settings) -> None:
    from cobrex.cli.output import say

    used = _used(current)
    say(f"suite {used.removeprefix('main/')} is used" if used else "no suite is used")


def _used(current: Settings) -> str:
    """Return the suite in use; empty for none, or one that cannot be read."""
    from cobrex.batch.locks import chosen
    from cobrex_registry.errors import RegistryError

    try:
        lock = chosen(current, None)
    except RegistryError:
        return ""
    return (lock.suite or lock.source) if lock else ""
