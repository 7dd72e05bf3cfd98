"""cobrex show: everything about one frame."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .options import AsJson


def show(
    frame: Annotated[
        str, typer.Argument(help="Frame id, archive name, path, or beginning of a content id.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show a frame: catalogue row, stars it may be of, files, all header cards."""
    from cobrex import settings
    from cobrex_db.engine import open_catalogue
    from cobrex_db.frame_lookup import files_of, frame_by, stars_of
    from cobrex_db.pairing import describe_pair
    from cobrex_db.query import describe_frame

    from .output import emit_json

    configured = settings.load()
    user = configured.user
    with open_catalogue(configured.database_url).connect() as connection:
        frame_id = frame_by(connection, frame, viewer=user)
        row = describe_frame(connection, frame_id, user) or {}
        answer: dict[str, Any] = {
            "frame": row,
            "pair": describe_pair(connection, row, user),
            "stars": stars_of(connection, frame_id),
            "files": files_of(connection, frame_id),
        }
    header, trouble = _header(answer["files"])
    if as_json:
        cards = [{"keyword": k, "value": v, "comment": c} for k, v, c in header]
        emit_json({**answer, "header": cards, "header_missing": trouble or None})
    else:
        _print(answer, header, trouble)


def _header(files: list[dict[str, Any]]) -> tuple[list[tuple[str, Any, str]], str]:
    """Return the cards of the first file that can be read, and else why there are none."""
    from cobrex_db.fits_cards import all_cards
    from cobrex_db.rejection import RejectionError

    trouble = "no file of it is on this host"
    for file in files:
        if file["path"] is None:
            continue
        try:
            return all_cards(file["path"]), ""
        except RejectionError as error:
            trouble = f"{file['path']}: {error.message}"
    return [], trouble


def _print(answer: dict[str, Any], header: list[tuple[str, Any, str]], trouble: str) -> None:
    from .output import cell, say, table

    row = dict(answer["frame"])
    columns = row.pop("instrument_columns") or {}
    _pairs({name: value for name, value in row.items() if value is not None})
    say("")
    _pairs(columns)
    if answer["pair"]:
        _print_pair(answer["pair"])
    if answer["stars"]:
        table(
            [{**s, "chosen": "yes" if s["chosen"] else ""} for s in answer["stars"]],
            ["star", "method", "separation_arcsec", "chosen"],
            title="stars it may be of",
        )
    if answer["files"]:
        rows = [
            {**f, "file": f["path"] or f"{f['root']}: {f['relative_path']}"}
            for f in answer["files"]
        ]
        table(rows, ["file", "compression", "size_bytes", "state"], title="files")
    if trouble:
        say(f"header not shown: {trouble}")
    for keyword, value, comment in header:
        text = f"{keyword} {value}" if keyword in _TEXT else f"{keyword} = {_card(value)}"
        say(_plain(f"{text} / {cell(comment)}" if comment else text))


def _print_pair(pair: dict[str, Any]) -> None:
    from .output import cell, say

    when = f", {cell(pair['template_start'])}" if pair["template_start"] else ""
    frames = ", ".join(f"{number} {name}" for name, number in pair["frames"].items())
    say("", _plain(f"taken with observation {pair['observation_id']} of {pair['arm']}{when}"))
    say(_plain(f"  {frames or 'no raw frames'}"), "")


_TEXT = frozenset({"COMMENT", "HISTORY", ""})


def _card(value: Any) -> str:
    if value is None:
        return ""
    return f"'{value}'" if isinstance(value, str) else str(value)


def _pairs(values: dict[str, Any]) -> None:
    from .output import exact, say

    width = max((len(name) for name in values), default=0)
    say(*(_plain(f"{name:<{width}}  {exact(value)}") for name, value in values.items()))


def _plain(text: str) -> str:
    """Return text without what a terminal would obey: a header is anybody's text."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
