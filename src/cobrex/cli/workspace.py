"""cobrex workspace: what belongs together, and who may see and change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsCsv, AsJson
from .workspace_quota import quota

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

app = typer.Typer(
    help="Workspaces: make, list, show, share. `public` is everybody's.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="Name of the workspace.")]
Person = Annotated[str, typer.Argument(help="Name they work under.")]
Group = Annotated[str, typer.Option(metavar="NAME", help="A group instead of a user.")]


@app.command()
def new(
    name: Name,
    namespace: Annotated[
        list[str],
        typer.Option(help="Uses only recipes of this namespace; repeatable; by default of all."),
    ] = [],  # noqa: B006
) -> None:
    """Make a workspace; you own it, and only you see it until you share it."""
    from cobrex import settings
    from cobrex.errors import UsageError
    from cobrex_db import workspaces
    from cobrex_registry.reading.fields import COMPONENT

    from .output import say

    for word in namespace:
        if not COMPONENT.fullmatch(word):
            raise UsageError(
                f"{word!r} cannot be a namespace", hint="such as main", kind="namespace"
            )
    user = settings.load().user
    _change(lambda c: workspaces.new(c, user, name, namespace))
    uses = f"; it uses recipes of {' and '.join(namespace)}" if namespace else ""
    say(f"workspace {name} is yours{uses}", f"work in it: COBREX_WORKSPACE={name}")


@app.command("list")
def list_(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the workspaces you may see, and what is in them."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.sharing import list_workspaces

    from .output import emit

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        rows = list_workspaces(connection, configured.user)
    if not as_json:
        rows = [
            {**row, "owners": ", ".join(row["owners"]), "namespaces": ", ".join(row["namespaces"])}
            for row in rows
        ]
    emit(
        rows,
        ["workspace", "role", "owners", "frames", "processes", "batches", "namespaces"],
        as_json=as_json,
        as_csv=as_csv,
    )


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show who is in a workspace, and what they may do."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.sharing import list_workspaces, members_of

    from .output import emit_json, say, table

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        members = members_of(connection, configured.user, name)
        listed = list_workspaces(connection, configured.user)
    row = next(one for one in listed if one["workspace"] == name)
    if as_json:
        emit_json({**row, "members": members})
        return
    say(
        f"workspace   {name}: you are {row['role']}",
        f"namespaces  {', '.join(row['namespaces']) or 'all'}",
        f"holds       {row['frames']:,} frames, {row['processes']:,} processes, "
        f"{row['batches']:,} batches",
    )
    if members:
        table(members, ["user", "group", "role"])
    else:
        say("members     none: everybody is")


@app.command()
def share(
    name: Name,
    user: Person = "",
    group: Group = "",
    role: Annotated[str, typer.Option(help="reader, member or owner.")] = "reader",
) -> None:
    """Let somebody see a workspace (reader), work in it (member), decide who does (owner)."""
    from cobrex import settings
    from cobrex_db import sharing

    from .output import say

    _one_of(user, group)
    by = settings.load().user
    _change(lambda c: sharing.share(c, by, name, role, user=user, group=group))
    say(f"{group or user} is {role} of the workspace {name}")


@app.command()
def unshare(name: Name, user: Person = "", group: Group = "") -> None:
    """Take somebody out of a workspace; the last owner cannot leave."""
    from cobrex import settings
    from cobrex_db import sharing

    from .output import say

    _one_of(user, group)
    by = settings.load().user
    _change(lambda c: sharing.unshare(c, by, name, user=user, group=group))
    say(f"{group or user} is out of the workspace {name}")


app.command()(quota)


def _one_of(user: str, group: str) -> None:
    from cobrex.errors import UsageError

    if bool(user) == bool(group):
        raise UsageError(
            "give a user, or --group NAME",
            hint="cobrex workspace share NAME USER --role member",
            kind="usage",
        )


def _change(function: Callable[[Connection], object]) -> None:
    from cobrex import settings
    from cobrex_db.engine import open_catalogue, transact

    from .keep_people import keep_people

    engine = open_catalogue(settings.load().database_url)
    transact(engine, function)
    keep_people(engine)
