"""Inputs that people chose and keep, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select

from cobrex_db import pins, sharing, workspaces
from cobrex_db import schema as s
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.people import user_id, utc_now
from cobrex_db.pins import Choice


def refused(engine: Engine, function: Callable[..., Any], *words: Any) -> CatalogueError:
    with pytest.raises(CatalogueError) as caught:
        transact(engine, lambda c: function(c, *words))
    return caught.value


def _frame(connection: Connection, content: str) -> None:
    """The only frame of a workspace of ada's."""
    type_id = connection.scalar(select(s.frame_type.c.frame_type_id).limit(1))
    connection.execute(
        insert(s.frame).values(
            frame_id=1,
            kind="raw",
            frame_type_id=type_id,
            classification="x",
            content_id=content,
            user_id=user_id(connection, "ada"),
            instrument_columns={},
            created=utc_now(),
        )
    )
    place = workspaces.enter(connection, "ada", "lab")
    connection.execute(insert(s.workspace_frame).values(workspace_id=place, frame_id=1))


def test_pins_are_kept_replaced_and_ended(engine: Engine) -> None:
    one, two = f"{1:043d}", f"{2:043d}"
    transact(engine, lambda c: _frame(c, one))

    def choice(*contents: str, user: str = "ada", why: str = "the lamp was off") -> Choice:
        return Choice("toy_science", "m" * 43, "flat", contents, user, why)

    assert refused(engine, pins.save, "lab", choice(one, user="bob")).kind == "unknown-workspace"
    assert refused(engine, pins.save, "lab", choice(one, why=" ")).kind == "why"
    transact(engine, lambda c: pins.save(c, "lab", choice(one)))
    transact(engine, lambda c: pins.save(c, "lab", choice(two, one)))
    with engine.connect() as c:
        assert pins.in_force(c, "lab") == [choice(two, one)]
        assert pins.in_force(c, "public") == []
        listed = pins.list_pins(c, "ada", "lab")
    assert [(p["frame_id"], p["user"]) for p in listed] == [(None, "ada"), (1, "ada")]
    transact(engine, lambda c: sharing.share(c, "ada", "lab", "reader", user="bob"))
    assert refused(engine, pins.remove, "bob", "lab", [listed[0]["pin"]]).kind == "no-access"
    assert refused(engine, pins.remove, "ada", "public", [listed[0]["pin"]]).kind == "unknown-pin"
    transact(engine, lambda c: pins.save(c, "lab", choice()))
    with engine.connect() as c:
        assert pins.in_force(c, "lab") == [choice()], "none at all is a choice too"
        number = pins.list_pins(c, "ada", "lab")[0]["pin"]
    transact(engine, lambda c: pins.remove(c, "ada", "lab", [number]))
    with engine.connect() as c:
        assert pins.in_force(c, "lab") == []
