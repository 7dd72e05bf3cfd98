"""Keeps what people said in the store too, as soon as the catalogue has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine


def keep_people(engine: Engine) -> None:
    """Write ``people.json``; a store that cannot be written is told, not refused."""
    from cobrex import settings
    from cobrex.records.people import keep

    from .output import note

    trouble = keep(engine, settings.load())
    if trouble:
        note(f"warning: {trouble}")
