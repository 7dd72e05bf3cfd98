"""Looks at what an import left in the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, func, select

from cobrex_db import schema as s
from cobrex_db.engine import transact
from cobrex_db.importing import ImportSummary

Take = Callable[..., ImportSummary]


def trust(engine: Engine) -> None:
    """Let the last import have been some seconds later than it was."""
    transact(
        engine,
        lambda c: c.execute(s.file.update().values(seen_ns=s.file.c.seen_ns + 5_000_000_000)),
    )


def rows(engine: Engine, table: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table)))


def count(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def counts(summary: ImportSummary) -> dict[str, int]:
    names = ("new", "unchanged", "moved", "copied", "changed", "described", "skipped")
    found = {name: getattr(summary, name) for name in names} | {"rejects": len(summary.rejects)}
    return {name: number for name, number in found.items() if number}
