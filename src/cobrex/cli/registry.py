"""cobrex registry: let others push into a registry; who may do what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import AsJson

app = typer.Typer(help="The registry of a server: serve-init, roles.", no_args_is_help=True)


@app.command("serve-init")
def serve_init(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PATH]",
            help="Bare repository; made when it is not there. That of the store by default.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Let others push into a registry: every push is judged, and refused with reasons."""
    from cobrex import settings
    from cobrex.cli.output import say
    from cobrex_registry.roles import FILE
    from cobrex_registry.servers.serve import serve_init as make

    current = settings.load()
    registry = make(
        path or current.registry,
        server=current.server,
        allowed_signers=current.allowed_signers,
        attested_channels=current.attested_channels,
    )
    signed = f"signed by a name in {current.allowed_signers}" if current.allowed_signers else ""
    say(
        f"{registry.path} is served as {current.server}",
        f"who may do what: {registry.path / FILE}",
        f"what is pushed must be {signed}" if signed else "signatures: not demanded",
        f"others: cobrex server add {current.server} ssh://HOST{registry.path} --push",
    )


@app.command()
def roles(
    as_json: AsJson = False,
) -> None:
    """Show who may publish in which namespace and who may move which channel."""
    from cobrex import settings
    from cobrex.cli.output import emit_json, say, table
    from cobrex_registry.ident import caller
    from cobrex_registry.roles import FILE, load

    current = settings.load()
    found = load(current.registry)
    rows = [
        {"what": what, "name": name, "people": ", ".join(people)}
        for what, named in (
            ("namespace", found.namespaces),
            ("channel", found.channels),
            ("attestations of", found.servers),
        )
        for name, people in named.items()
    ]
    if as_json:
        emit_json({"open": found.open, "you": caller(), "roles": rows})
        return
    say(f"you are {caller()}")
    if found.open:
        say(f"whoever may write to {current.registry} may publish and promote",
            f"roles are said in {current.registry / FILE}")  # fmt: skip
        return
    if rows:
        table(rows, ("what", "name", "people"))
    say("a namespace that bears a person's name is theirs; * is everybody")
