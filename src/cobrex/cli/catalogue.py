"""cobrex catalogue: state and schema of the catalogue."""

from __future__ import annotations

import typer

from .options import AsJson

app = typer.Typer(help="The catalogue: status, upgrade.", no_args_is_help=True)


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


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
