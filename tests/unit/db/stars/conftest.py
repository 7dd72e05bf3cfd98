"""An open catalogue for the tests of stars, and frames in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert

from cobrex_db.engine import open_catalogue, transact
from cobrex_db.schema import alias, frame, frame_type, star, user

NOW = datetime.now(UTC).replace(tzinfo=None)
AddFrame = Callable[..., int]


@pytest.fixture
def engine(fresh_catalogue_url: str) -> Iterator[Engine]:
    """A fresh catalogue without the built-in targets, on each database in turn."""
    opened = open_catalogue(fresh_catalogue_url)
    for table in (alias, star):
        transact(opened, lambda c, table=table: c.execute(delete(table)))
    yield opened
    opened.dispose()


@pytest.fixture
def add_frame(engine: Engine) -> AddFrame:
    """A function that adds a frame and returns its number."""
    known: dict[str, int] = {}

    def add(target: str | None, ra: float | None, dec: float | None, **more: Any) -> int:
        def write(connection: Connection) -> int:
            if not known:
                row = connection.execute(insert(user).values(name="hypatia", created=NOW))
                known["user"] = row.inserted_primary_key[0]
                row = connection.execute(insert(frame_type).values(name="IFS_ASTROMETRY_RAW"))
                known["type"] = row.inserted_primary_key[0]
            values = {
                "kind": "raw", "frame_type_id": known["type"], "classification": "test/1@0",
                "user_id": known["user"], "target": target, "object": target, "ra_deg": ra,
                "dec_deg": dec, "mjd_obs": 58849.0, "night": date(2020, 1, 1),
                "instrument": "sphere", "arm": "IFS", "instrument_columns": {}, "created": NOW,
                **more,
            }  # fmt: skip
            row = connection.execute(insert(frame).values(values))
            return int(row.inserted_primary_key[0])

        return transact(engine, write)

    return add
