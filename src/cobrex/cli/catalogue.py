"""cobrex catalogue: state and schema of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson

if TYPE_CHECKING:
    from cobrex.records.rebuild import Rebuilt

_SHOWN = 20
app = typer.Typer(help="The catalogue: status, upgrade, rebuild.", no_args_is_help=True)


@app.command()
def status(
    as_json: AsJson = False,
) -> None:
    """Say where the catalogue lies, its schema, and how much is in it."""
    from cobrex import settings
    from cobrex_db.engine import ask, open_catalogue
    from cobrex_db.holdings import holdings

    from .output import emit_json, say

    found = ask(open_catalogue(settings.load().database_url), holdings)
    if as_json:
        emit_json(found)
    else:
        say(*(f"{key.replace('_', ' '):18} {_text(value)}" for key, value in found.items()))


@app.command()
def upgrade() -> None:
    """Bring the catalogue's schema to this program's."""
    from cobrex import settings
    from cobrex_db import migrate
    from cobrex_db.engine import create

    from .output import say

    engine = create(settings.load().database_url)
    before, after = migrate.upgrade(engine)
    engine.dispose()
    say(f"the schema was {before or 'not there'} and is {after}" if before != after
        else f"the schema is {after} already")  # fmt: skip


@app.command()
def rebuild(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken; write nothing.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also records whose raw frames are not imported.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take what the store tells into the catalogue: records, batches, what people said.

    For a catalogue that is lost: import the raw frames again first.
    """
    from dataclasses import asdict

    from cobrex import settings
    from cobrex.records.rebuild import Rebuild
    from cobrex_db.engine import open_catalogue

    from .output import emit_json
    from .progress import bar

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    with bar("rebuild", quiet=as_json) as show:
        work = Rebuild(
            engine, configured, anyway=anyway, progress=lambda what, done, total: show(done, total)
        )
        found = work.look() if dry_run else work.go()
    if as_json:
        emit_json(asdict(found))
    else:
        _tell(found, dry_run=dry_run)
    if found.broken or found.held:
        raise typer.Exit(4)


def _tell(found: Rebuilt, *, dry_run: bool) -> None:
    from .output import counted, note, say

    verb = "to take" if dry_run else "taken"
    say(
        f"records    {found.records:,} in the store: {found.known:,} known, {found.taken:,} {verb}",
        f"batches    {found.batches:,} {verb}",
        f"words      {found.words:,} of people about products",
        f"hashed     {counted(found.to_hash, 'raw frame')}{' to read' if dry_run else ''}",
    )
    if found.held:
        note(
            f"{counted(len(found.held), 'record')} left out: their raw frames are not in the "
            "catalogue; import these and repeat, or use --anyway"
        )
        note(*(f"  {name}" for name in found.held[:_SHOWN]))
    if found.broken:
        note(f"{len(found.broken):,} cannot be taken:")
        note(*(f"  {name}: {why}" for name, why in list(found.broken.items())[:_SHOWN]))
    if found.taken and not dry_run:
        say("verdicts are those of the records; by the ranges in force: cobrex qc judge")


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
