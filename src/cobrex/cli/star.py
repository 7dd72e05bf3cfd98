"""cobrex star: names, places and frames of stars."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsCsv, AsJson

if TYPE_CHECKING:
    from cobrex_db.stars.lookup import Star

app = typer.Typer(help="Stars: show, list, import catalogues, conflicts.", no_args_is_help=True)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="In any spelling: HR100, 'kap Phe', HD_2262.")],
    simbad: Annotated[
        bool, typer.Option("--simbad", help="Ask SIMBAD (needs the network).")
    ] = False,
    simbad_url: Annotated[
        str,
        typer.Option(envvar="COBREX_SIMBAD_URL", help="SIMBAD's TAP service or a mirror of it."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show a star: position, proper motion, names, and its frames by type."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.stars.observed import frames_of_star
    from cobrex_db.stars.simbad import SIMBAD_URL, ask_simbad

    from .output import emit_json, say, table
    from .star_view import as_mapping, lines

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    star = (
        ask_simbad(engine, name, url=simbad_url or SIMBAD_URL) if simbad else _known(engine, name)
    )
    with engine.connect() as connection:
        frames = frames_of_star(connection, star.star_id, viewer=configured.user)
    if as_json:
        emit_json({**as_mapping(star), "frames": frames})
        return
    say(*lines(star))
    if frames:
        table(frames, ["frame_type", "frames", "nights", "first_night", "last_night"])
    else:
        say("frames      none in the catalogue")


@app.command("list")
def list_(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the stars that have frames."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.stars.observed import observed_stars

    from .output import emit, say

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        rows = observed_stars(connection, viewer=configured.user)
    if not rows and not (as_json or as_csv):
        say("no star has frames yet: cobrex import PATH...")
        return
    columns = [
        "star",
        "ra_deg",
        "dec_deg",
        "source",
        "frames",
        "nights",
        "first_night",
        "last_night",
    ]
    emit(rows, columns, as_json=as_json, as_csv=as_csv)


@app.command("import")
def import_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Catalogue files, or a folder of them.")
    ],
    as_json: AsJson = False,
) -> None:
    """Import star catalogues (Hipparcos, cross-identifications, names, Bright Star Catalogue)."""
    from dataclasses import asdict

    from cobrex import instruments, settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.stars.catalogues import import_catalogues
    from cobrex_db.stars.rematch import rematch

    from .output import emit_json, say
    from .progress import bar
    from .star_view import import_lines

    radius_of = instruments.load().radius_arcsec
    engine = open_catalogue(settings.load().database_url)
    with bar("stars", quiet=as_json) as step:
        imported = import_catalogues(engine, paths, step)
    with bar("frames", quiet=as_json) as step:
        tied = rematch(engine, radius_of, step)
    if as_json:
        emit_json({**asdict(imported), "rematched": asdict(tied)})
    else:
        say(*import_lines(imported, tied))


@app.command()
def conflicts(as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List frames whose name says one star and whose position, or OBJECT, another."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.stars.conflicts import conflicts as find_conflicts

    from .output import emit, say
    from .star_view import grouped

    configured = settings.load()
    with open_catalogue(configured.database_url).connect() as connection:
        rows = find_conflicts(connection, viewer=configured.user)
    if as_json or as_csv:
        emit(rows, _CONFLICT, as_json=as_json, as_csv=as_csv)
        return
    if not rows:
        say("no conflicts: names and positions agree")
        return
    emit(
        grouped(rows),
        ["conflict", "target", "star", "arcsec", "other_star", "other_arcsec", "frames"],
    )
    say("The star in the third column is the chosen one. Each frame: --json or --csv.")


_CONFLICT = [
    "frame_id", "archive_name", "night", "object", "target", "conflict", "star",
    "separation_arcsec", "other_star", "other_separation_arcsec",
]  # fmt: skip


def _known(engine: Any, name: str) -> Star:
    """Resolve a name; a fresh catalogue gets the built-in targets first."""
    from cobrex_db.engine import transact
    from cobrex_db.stars.lookup import find_stars, resolve
    from cobrex_db.stars.seeds import ensure_seeds

    with engine.connect() as connection:
        known: list[Any] = find_stars(connection, name)
    if not known:
        transact(engine, ensure_seeds)
    with engine.connect() as connection:
        return resolve(connection, name)
