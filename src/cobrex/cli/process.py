"""cobrex process: one execution of one recipe version, looked at from all sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import process_new, process_pins, process_shell
from .options import AsCsv, AsJson

if TYPE_CHECKING:
    from cobrex.settings import Settings

app = typer.Typer(help="Processes: new, list, show, logs, shell, SOF, pins.", no_args_is_help=True)

Key = Annotated[str, typer.Argument(help="Key, or its first characters (at least four).")]
STATES = ("planned", "done", "failed", "blocked", "lost")


@app.command("list")
def list_(
    batch: Annotated[str, typer.Option(help="Only those of a batch.")] = "",
    recipe: Annotated[str, typer.Option(help="Only those of a recipe.")] = "",
    star: Annotated[str, typer.Option(help="Only those of a star.")] = "",
    state: Annotated[str, typer.Option(help="planned, done, failed, blocked, lost.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10**9, help="At most so many.")] = 100,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List processes, the latest first."""
    from cobrex import settings
    from cobrex.errors import UsageError
    from cobrex_db.batch_story import find_batch
    from cobrex_db.engine import open_catalogue
    from cobrex_db.processes import list_processes
    from cobrex_db.stars.lookup import resolve

    from .output import emit

    if state and state not in STATES:
        raise UsageError(
            f"no process is ever {state!r}", hint=f"states: {', '.join(STATES)}", kind="state"
        )
    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        if batch:
            find_batch(connection, batch, viewer=configured.user)
        rows = list_processes(
            connection,
            batch=batch or None,
            recipe=recipe or None,
            state=state or None,
            star_id=resolve(connection, star).star_id if star else None,
            limit=limit,
            viewer=configured.user,
        )
    if not (as_json or as_csv):
        for row in rows:
            row["key"] = row["key"][:8]
            row["recipe"] = f"{row['recipe'].removeprefix('main/')}@{row['version']}"
    emit(
        rows,
        [
            "key",
            "recipe",
            *(["version"] if as_csv else []),
            "preset",
            "star",
            "night",
            "state",
            "verdict",
            "attempts",
        ],
        as_json=as_json,
        as_csv=as_csv,
    )


@app.command()
def show(key: Key, as_json: AsJson = False) -> None:
    """Show a process: inputs and why, parameters, metrics, products, command."""
    from cobrex.settings import load

    from .output import emit_json
    from .process_view import show as show_process

    settings = load()
    process = _process(settings, key)
    if as_json:
        emit_json(process)
    else:
        show_process(process, settings.store)


@app.command()
def logs(
    key: Key,
    attempt: Annotated[int, typer.Option(help="Number of the attempt; the latest by default.")] = 0,
    follow: Annotated[
        bool,
        typer.Option("--follow", "-f", help="Go on until it ends; wait for its start."),
    ] = False,
) -> None:
    """Print what the recipe said, or says while it runs."""
    from cobrex.process.execute import LOG
    from cobrex.settings import load

    from . import process_logs

    if follow:
        settings = load()
        process_logs.follow(settings, _process(settings, key), attempt)
    else:
        _print_file(key, attempt, LOG)


app.command()(process_shell.shell)
app.command()(process_new.new)
app.command()(process_pins.pins)
app.command()(process_pins.unpin)


@app.command()
def sof(
    key: Key,
    attempt: Annotated[int, typer.Option(help="Number of the attempt; the latest by default.")] = 0,
) -> None:
    """Print the SOF: the inputs in the order the recipe got them."""
    from cobrex.process.scratch import SOF

    _print_file(key, attempt, SOF)


def _print_file(key: str, attempt: int, name: str) -> None:
    from cobrex.settings import load
    from cobrex_db.errors import CatalogueError

    settings = load()
    process = _process(settings, key)
    tried = [a for a in process["attempts"] if not attempt or a["number"] == attempt]
    if not tried:
        _refuse_running(settings, process, name)
        number = f" {attempt}" if attempt else ""
        raise CatalogueError(
            f"process {process['key'][:8]} has no attempt{number}",
            hint="`cobrex process show` lists its attempts",
            kind="unknown-attempt",
        )
    path = settings.store / tried[0]["folder"] / name
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        what = f"left no {name}: {tried[0]['message'] or 'the recipe was not called'}"
        if tried[0]["removed_at"] is not None:
            what = f"has no {name} any more: it was cleaned away"
        raise CatalogueError(
            f"attempt {tried[0]['number']} {what}",
            hint="`cobrex process show` tells how it ended",
            kind="no-log",
        ) from None
    typer.echo(text, nl=False)


def _refuse_running(settings: Settings, process: dict[str, Any], name: str) -> None:
    """Its first attempt is being made: there is something to see, but not here."""
    from cobrex.process.running import find
    from cobrex_db.errors import CatalogueError

    if find(settings.store, process["key"]) is not None:
        raise CatalogueError(
            f"process {process['key'][:8]} runs now and has left no {name} yet",
            hint=f"follow it: cobrex process logs {process['key'][:8]} -f",
            kind="running",
        )


def _process(settings: Settings, key: str) -> dict[str, Any]:
    from cobrex_db.engine import open_catalogue
    from cobrex_db.processes import by_key

    with open_catalogue(settings.database_url).connect() as connection:
        return by_key(connection, key, viewer=settings.user)
