"""cobrex batch: requests that were stored, how they fared, their reports."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import AsCsv, AsJson

app = typer.Typer(help="Batches: list, show, report.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the batch; the latest by default.")]


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=10**9, help="At most so many.")] = 30,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List batches, the latest first."""
    from cobrex import settings
    from cobrex_db.batch_story import list_batches
    from cobrex_db.engine import open_catalogue

    from .output import emit

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        rows = list_batches(connection, limit=limit, viewer=configured.user)
    emit(
        rows,
        ["name", "user", "state", "processes", "started", "ended"],
        as_json=as_json,
        as_csv=as_csv,
    )


@app.command()
def show(name: Name = "", as_json: AsJson = False) -> None:
    """Show a batch: its processes, what failed and why, what is otherwise, what is stale."""
    from cobrex import settings
    from cobrex_db.batch_story import batch_by_name
    from cobrex_db.engine import open_catalogue
    from cobrex_db.series import stale_why, standing_of

    from .output import emit_json, say, table

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        batch = batch_by_name(connection, name or None, viewer=configured.user)
        members = {m["process_id"]: m for m in batch["members"]}
        for process_id, standing in standing_of(connection, list(members)).items():
            members[process_id]["standing"] = standing
        batch["stale"] = stale_why(connection, {m["series"] for m in batch["members"]})
    if as_json:
        emit_json(batch)
        return
    say(f"batch   {batch['name']}: {batch['state']}, by {batch['user']}")
    rows = [
        {**m, "key": m["key"][:8], "recipe": f"{m['recipe'].removeprefix('main/')}@{m['version']}"}
        for m in batch["members"]
    ]
    table(rows, ["key", "recipe", "star", "night", "state", "verdict", "standing"])
    for member in rows:
        if member["state"] in {"failed", "blocked", "lost"}:
            say(f"{member['state']}  {member['key']} {member['reason']}: {member['message']}")
    for change in batch["changes"]:
        say(f"{change['what']:<9} round {change['round']}: {change['message']}")
    for member in rows:
        if why := batch["stale"].get(member["series"]):
            say(f"stale     {member['recipe']} {member['key']}: {why}; --refresh makes it anew")
    for gap in batch["gaps"]:
        say(
            f"cannot  {gap['recipe']}  {gap['main']}",
            f"        {gap['message']}",
            f"        cure: {gap['hint']}",
        )


@app.command()
def report(name: Name = "") -> None:
    """Write the report of a batch: one page that works offline."""
    from cobrex import content, settings
    from cobrex.batch.close import report as write
    from cobrex_db.engine import open_catalogue

    found = settings.load()
    typer.echo(write(open_catalogue(found.database_url), found, name or None, home=content.home()))
