"""cobrex find: frames of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import AsCsv, AsJson

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cobrex_db.frame_query import FrameQuery

TABLE = ("frame_id", "night", "star", "frame_type", "filter", "dit_s")
TABLE_LIMIT = 100


def find(
    star: Annotated[list[str], typer.Option(help="Any name of a star, or @FILE; repeatable.")] = [],  # noqa: B006
    frame: Annotated[
        list[str], typer.Option(help="Frame type, * and ? allowed, or @FILE; repeatable.")
    ] = [],  # noqa: B006
    night: Annotated[str, typer.Option(help="2020-03-07 or 2020-03-07..2020-03-14.")] = "",
    arm: Annotated[str, typer.Option(help="IFS, IRDIS, ZIMPOL ...")] = "",
    filter_: Annotated[str, typer.Option("--filter", help="DB_H23, YJ ...; * and ? allowed.")] = "",
    programme: Annotated[str, typer.Option(help="ESO programme; * and ? allowed.")] = "",
    instrument: Annotated[str, typer.Option(help="SPHERE, NACO ...")] = "",
    object_: Annotated[
        str, typer.Option("--object", help="OBJECT in the header; * and ? allowed.")
    ] = "",
    user: Annotated[str, typer.Option(help="Who imported it.")] = "",
    workspace: Annotated[str, typer.Option(help="Only frames of this workspace.")] = "",
    current: Annotated[
        bool,
        typer.Option("--current", help="Only products that are the latest, of the best inputs."),
    ] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Only raw frames.")] = False,
    product: Annotated[bool, typer.Option("--product", help="Only products.")] = False,
    status: Annotated[
        str, typer.Option(help="present, missing, replaced, invalid, removed or all.")
    ] = "present",
    limit: Annotated[
        int | None,
        typer.Option(min=0, max=10**9, help="At most so many frames; 0: all."),
    ] = None,
    columns: Annotated[
        str, typer.Option(help="Columns to show, by comma: night,star,prism,path ...")
    ] = "",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    votable: Annotated[bool, typer.Option("--votable", help="VOTable (XML).")] = False,
) -> None:
    """Find frames by star, frame type, night, arm, filter, programme, user."""
    from cobrex.errors import UsageError

    if as_json + as_csv + votable > 1:
        raise UsageError(
            "more than one form of answer",
            kind="usage",
            hint="give one of --json, --csv, --votable",
        )
    form = "json" if as_json else "csv" if as_csv else "votable" if votable else "table"
    if limit is None:
        limit = TABLE_LIMIT if form == "table" else 0
    words = {
        "arm": arm,
        "filter": filter_,
        "programme": programme,
        "instrument": instrument,
        "object": object_,
        "user": user,
        "workspace": workspace,
        "status": status,
        "kind": _kind(raw, product),
    }
    given: dict[str, Any] = {name: word for name, word in words.items() if word}
    given["current"] = current
    _answer(star, frame, night, given, limit=limit or None, columns=columns, form=form)


def _answer(
    stars: list[str],
    frames: list[str],
    night: str,
    words: dict[str, Any],
    *,
    limit: int | None,
    columns: str,
    form: str,
) -> None:
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.query import find_frames

    from . import frame_table

    default = TABLE if form == "table" else frame_table.EVERYTHING
    configured = settings.load()
    more = {"limit": limit, "viewer": configured.user}
    with open_catalogue(configured.database_url).connect() as connection:
        query = _query(connection, stars, frames, night, words | more)
        # a type that rules know and no frame is of is no error: nothing is found
        rows = find_frames(connection, query) if query.frame_types or not frames else []
        hint = "" if rows else _nothing(connection, query)
        shown = frame_table.choose(connection, rows, columns, default)
        total = _total(connection, query, rows) if form == "table" else 0
    if form == "table":
        frame_table.print_table(rows, shown, total, hint)
    elif form == "votable":
        frame_table.print_votable(rows, shown)
    else:
        frame_table.print_plain(rows, shown, as_json=form == "json", narrowed=bool(columns))


def _kind(raw: bool, product: bool) -> str | None:
    if raw == product:
        return None
    return "raw" if raw else "product"


def _query(
    connection: Connection, stars: list[str], frames: list[str], night: str, words: dict[str, Any]
) -> FrameQuery:
    from cobrex_db.frame_query import FrameQuery
    from cobrex_db.nights import parse_nights
    from cobrex_db.query_conditions import known_types
    from cobrex_db.stars.lookup import resolve

    from .pairs import expand

    first, last = parse_nights(night)
    return FrameQuery(
        star_ids=tuple(resolve(connection, name).star_id for name in expand(stars)),
        frame_types=tuple(known_types(connection, expand(frames), _declared)),
        night_from=first,
        night_to=last,
        **words,
    )


def _declared() -> Iterable[str]:
    from cobrex import instruments

    return instruments.load().frame_types


def _nothing(connection: Connection, query: FrameQuery) -> str:
    from cobrex_db.query_advice import check_values, instead

    check_values(connection, query)
    return instead(connection, query)


def _total(connection: Connection, query: FrameQuery, rows: list[dict[str, Any]]) -> int:
    from dataclasses import replace

    from cobrex_db.query import count_by_type, find_frames

    if query.limit is None or len(rows) < query.limit:
        return len(rows)
    if query.current:
        return len(find_frames(connection, replace(query, limit=None)))
    return sum(count_by_type(connection, query).values())
