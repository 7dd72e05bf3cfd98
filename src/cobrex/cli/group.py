"""cobrex group: people who share workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

app = typer.Typer(help="Groups of people: make, fill, list.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the group.")]
Person = Annotated[str, typer.Argument(help="Name they work under.")]


@app.command()
def new(name: Name) -> None:
    """Make a group; you are in it."""
    from cobrex_db import groups

    _change(lambda c, by: groups.new(c, by, name), f"group {name} is made: you are in it")


@app.command()
def add(name: Name, user: Person) -> None:
    """Put somebody into a group you are in."""
    from cobrex_db import groups

    _change(lambda c, by: groups.add(c, by, name, user), f"{user} is in the group {name}")


@app.command()
def remove(name: Name, user: Person) -> None:
    """Take somebody out of a group you are in."""
    from cobrex_db import groups

    _change(lambda c, by: groups.remove(c, by, name, user), f"{user} is out of the group {name}")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the groups: who is in them, which workspaces they share."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.groups import list_groups

    from .output import emit_json, say, table

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        rows = list_groups(connection, configured.user)
    if as_json:
        emit_json(rows)
    elif rows:
        shown = [
            {
                "group": row["group"],
                "people": ", ".join(row["people"]),
                "workspaces": ", ".join(
                    f"{w['workspace']} ({w['role']})" for w in row["workspaces"]
                ),
            }
            for row in rows
        ]
        table(shown, ["group", "people", "workspaces"])
    else:
        say("there is no group yet: cobrex group new NAME")


def _change(function: Callable[[Connection, str], object], done: str) -> None:
    from cobrex import settings
    from cobrex_db.engine import open_catalogue, transact

    from .keep_people import keep_people
    from .output import say

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    transact(engine, lambda c: function(c, configured.user))
    keep_people(engine)
    say(done)
