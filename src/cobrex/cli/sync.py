"""cobrex recipe sync: with other servers, or by a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex.settings import Settings
    from cobrex_registry.errors import RegistryError
    from cobrex_registry.repository import Registry
    from cobrex_registry.servers.exchange import Chosen, Outcome
    from cobrex_registry.servers.peers import Peer


def sync(
    peer: Annotated[
        str, typer.Argument(metavar="[PEER]", help="A server; all by default.", show_default=False)
    ] = "",
    lock: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only the versions of this lock file.")
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="By a file, without a network: one that exists is taken in, else it is written.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring in what other servers have, and send what they lack; nothing is overwritten."""
    from cobrex import settings
    from cobrex.cli.output import emit_json
    from cobrex.errors import UsageError
    from cobrex.registry import open_registry
    from cobrex_registry.servers import bundle as bundles
    from cobrex_registry.servers import peers

    if peer and bundle:
        raise UsageError("a server and a bundle at once", hint="give PEER or --bundle FILE")
    current = settings.load()
    registry = open_registry(current)
    chosen = _chosen(lock)
    if bundle and not bundle.exists():
        _write(registry, bundle, chosen, as_json=as_json)
        return
    if bundle:
        wanted = [bundles.peer_of(bundle)]
    else:
        wanted = [peers.find(registry.path, peer)] if peer else list(peers.load(registry.path))
    if not wanted:
        raise UsageError("there is no server to sync with", hint="cobrex server add NAME URL")
    outcomes, problems = _sync_all(registry, wanted, current, chosen, quiet=as_json)
    if as_json:
        emit_json([one.as_json() for one in outcomes])
    if problems:
        raise problems[0]


def _sync_all(
    registry: Registry,
    wanted: list[Peer],
    current: Settings,
    chosen: Chosen | None,
    *,
    quiet: bool,
) -> tuple[list[Outcome], list[RegistryError]]:
    """Sync with each; one that cannot be reached does not keep the others from it."""
    from cobrex.cli.output import say
    from cobrex.cli.progress import bar
    from cobrex_registry.errors import RegistryError
    from cobrex_registry.servers.sync import sync as sync_with

    outcomes: list[Outcome] = []
    problems: list[RegistryError] = []
    for one in wanted:
        try:
            with bar(f"sync with {one.name}", quiet=quiet) as progress:
                outcome = sync_with(
                    registry, one, server=current.server, chosen=chosen, progress=progress
                )
        except RegistryError as error:
            problems.append(error)
            if len(wanted) > 1 and not quiet:
                say(f"{one.name}: {error.message}")
            continue
        outcomes.append(outcome)
        if not quiet:
            _tell(outcome)
        problems += outcome.problems()
    return outcomes, problems


def _tell(outcome: Outcome) -> None:
    from cobrex.cli.output import say

    counts = {
        "came in": _count(outcome.came, "version"),
        "sent": _count(outcome.sent, "version"),
        "joined": _count(outcome.joined, "version"),
    }
    told = "; ".join(f"{what}: {count}" for what, count in counts.items() if count)
    say(f"{outcome.peer}: {told or 'nothing new'}")
    for ref, reason in outcome.refused.items():
        say(f"  not taken in  {_short(ref)}: {reason}")
    for ref, reason in outcome.declined.items():
        say(f"  not sent      {_short(ref)}: {reason}")
    for ref in outcome.changed:
        say(f"  changed there {_short(ref)}: it showed another one before")
    for one in outcome.missing:
        say(f"  missing       {_short(one)}: the lock names it, {outcome.peer} has it not")
    for conflict in outcome.conflicts:
        mark = f"settled, {conflict.settled}" if conflict.settled else "CONFLICT"
        say(f"  {mark}      {conflict.message}")


def _count(refs: list[str], word: str) -> str:
    kinds = {
        "refs/tags/": word,
        "refs/status/": "status",
        "refs/channels/": "channel",
        "refs/notes/": "attestations",
    }
    numbers = {what: sum(ref.startswith(prefix) for ref in refs) for prefix, what in kinds.items()}
    plural = {word: f"{word}s", "channel": "channels"}
    return ", ".join(
        f"{number} {what if number == 1 else plural.get(what, what)}"
        for what, number in numbers.items()
        if number
    )


def _short(ref: str) -> str:
    return ref.removeprefix("refs/").removeprefix("tags/")


def _chosen(lock: Path | None) -> Chosen | None:
    from cobrex_registry.servers.exchange import Chosen

    return None if lock is None else Chosen.of_lock(lock)


def _write(registry: Registry, path: Path, chosen: Chosen | None, *, as_json: bool) -> None:
    from cobrex.cli.output import emit_json, say
    from cobrex_registry.servers import bundle as bundles

    tags = bundles.write(registry, path, chosen)
    if as_json:
        emit_json([{"bundle": str(path), "versions": tags, "bytes": path.stat().st_size}])
    else:
        size = path.stat().st_size / 1024
        say(f"{path}: {_count(tags, 'version')}, {size:,.0f} KiB",
            f"take it in elsewhere with cobrex recipe sync --bundle {path.name}")  # fmt: skip
