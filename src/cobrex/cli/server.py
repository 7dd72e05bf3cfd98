"""cobrex server: add, list, remove the servers that recipes are shared with."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import AsJson

app = typer.Typer(help="Other servers: add, list, remove.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What it is called here: a-z 0-9 _ -")]


@app.command()
def add(
    name: Name,
    url: Annotated[
        str,
        typer.Argument(
            help="Absolute path of its registry.git, ssh://, https://, http:// or git:// URL, "
            "or user@host:path."
        ),
    ],
    push: Annotated[bool, typer.Option("--push", help="Also send it what it lacks.")] = False,
    no_channels: Annotated[
        bool, typer.Option("--no-channels", help="Do not follow its promotions.")
    ] = False,
) -> None:
    """Add a server to share recipes with, or change it."""
    from cobrex import settings
    from cobrex.cli.output import say
    from cobrex_registry.repository import Registry
    from cobrex_registry.servers import peers

    registry = Registry.open(settings.load().registry)
    new = peers.add(registry.path, peers.Peer(name, url, push, not no_channels))
    say(f"{name} is {'added' if new else 'changed'}; cobrex recipe sync {name}")


@app.command("list")
def list_servers(
    as_json: AsJson = False,
) -> None:
    """List the servers recipes are shared with."""
    from dataclasses import asdict

    from cobrex import settings
    from cobrex.cli.output import emit, say
    from cobrex_registry.servers import peers

    rows = [asdict(one) for one in peers.load(settings.load().registry)]
    if not rows and not as_json:
        say("no servers yet: cobrex server add NAME URL")
        return
    emit(rows, ("name", "url", "push", "channels"), as_json=as_json)


@app.command()
def remove(name: Name) -> None:
    """Forget a server. What came from it stays."""
    from cobrex import settings
    from cobrex.cli.output import say
    from cobrex_registry.repository import Registry
    from cobrex_registry.servers import peers

    peers.remove(Registry.open(settings.load().registry).path, name)
    say(f"{name} is forgotten; what came from it stays")
