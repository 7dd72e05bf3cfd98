"""cobrex recipe pin: exact versions into a lock file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex_registry.locks.lock import Entry, Lock
    from cobrex_registry.repository import Registry


def pin(
    recipe: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME[@RANGE]...]",
            help="Recipes; without any, those that the association rules use.",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")
    ] = Path("cobrex.lock"),
    workflow: Annotated[
        bool,
        typer.Option(
            "--workflow", help="Also the recipes that make their inputs, by the association rules."
        ),
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="The newest release of every recipe.")
    ] = False,
    check: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write nothing: see whether all that this lock holds is here."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a lock file: exact versions of recipes and of the presets for them.

    Example: cobrex recipe pin ifs_astrometry --workflow -o cobrex.lock
    """
    from cobrex import settings
    from cobrex.batch.pinning import wanted
    from cobrex.cli.output import say
    from cobrex.registry import open_registry
    from cobrex_registry.locks.lock import write
    from cobrex_registry.locks.pin import pin as pin_versions

    current = settings.load()
    registry = open_registry(current)
    if check is not None:
        _check(registry, check, recipe or [], as_json=as_json)
        return
    versions = wanted(registry, recipe or [], inputs=workflow, every=every)
    lock = pin_versions(registry, versions, current.cache)
    write(output, lock)
    if as_json:
        show_json(lock)
        return
    show_entries(lock.entries)
    say(f"{counted(lock.entries)} in {output}", f"use it: cobrex reduce --lock {output} ...")


def _check(registry: Registry, path: Path, names: list[str], *, as_json: bool) -> None:
    from cobrex.cli.output import say
    from cobrex.errors import UsageError
    from cobrex_registry.locks.lock import read
    from cobrex_registry.locks.locked import verify

    if names:
        raise UsageError(
            "--check takes no names: all that the lock holds is checked",
            hint=f"cobrex recipe pin --check {path}",
            kind="pin",
        )
    lock = read(path)
    verify(registry, lock)
    if as_json:
        show_json(lock)
    else:
        say(f"{path}: {counted(lock.entries)}, all here and as they were")


def show_json(lock: Lock) -> None:
    """Print a lock as JSON, with its digest."""
    from cobrex.cli.output import emit_json

    emit_json(
        {
            "suite": lock.suite or None,
            "digest": lock.digest,
            "entries": [one.as_json() for one in lock.entries],
        }
    )


def show_entries(entries: tuple[Entry, ...]) -> None:
    """Print what a lock holds as a table."""
    from cobrex.cli.output import table

    table([_row(one) for one in entries], ("kind", "name", "version", "environment", "tree"))


def counted(entries: tuple[Entry, ...]) -> str:
    """Return how many of each kind there are: ``3 recipes, 2 presets``."""
    kinds: dict[str, int] = {}
    for one in entries:
        kinds[one.kind] = kinds.get(one.kind, 0) + 1
    words = {"rules": "rules", "recipe": "recipes", "preset": "presets", "workflow": "workflows"}
    ordered = sorted(kinds.items(), key=lambda pair: list(words)[::-1].index(pair[0]), reverse=True)
    return ", ".join(f"{n} {kind if n == 1 else words[kind]}" for kind, n in ordered)


def _row(entry: Entry) -> dict[str, Any]:
    environment = dict(entry.environment)
    return {
        "kind": entry.kind,
        "name": entry.name.removeprefix("main/"),
        "version": entry.version,
        "environment": environment.get("kind", ""),
        "tree": entry.tree[:10],
    }
