"""cobrex batch export: the products of a batch, for people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import AsJson


def export(
    name: Annotated[str, typer.Argument(help="Name of the batch.")],
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="A new or empty folder.")],
    type_: Annotated[
        list[str],
        typer.Option("--type", metavar="FRAME_TYPE", help="Only these products; repeatable."),
    ] = [],  # noqa: B006
    link: Annotated[
        bool, typer.Option("--link", help="Hard links into the store instead of copies.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the valid products of a batch, with a manifest, checksums and records."""
    from cobrex import settings
    from cobrex.report.quantities import size
    from cobrex.upkeep.export import export as hand_out
    from cobrex_db import exports
    from cobrex_db.batch_story import find_batch
    from cobrex_db.engine import open_catalogue
    from cobrex_db.errors import CatalogueError

    from .output import counted, emit_json, say

    configured = settings.load()
    engine = open_catalogue(configured.database_url)
    with engine.connect() as connection:
        batch = find_batch(connection, name, viewer=configured.user)
        products = exports.products(connection, batch["batch_id"], type_)
    if not products:
        kinds = f" of type {' or '.join(type_)}" if type_ else ""
        raise CatalogueError(
            f"the batch {name} has no valid products{kinds}",
            hint=f"`cobrex batch show {name}` tells how it fared",
            kind="no-products",
        )
    made = hand_out(engine, configured, products, to, link=link)
    if as_json:
        emit_json({"folder": str(made.folder), "files": made.files, "bytes": made.size_bytes})
        return
    say(
        f"{counted(made.files, 'product')}, {size(made.size_bytes)}, in {made.folder}",
        "manifest.csv names each with its checksum; records/ say how they were made",
    )
