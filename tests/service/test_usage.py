"""What past attempts used and left, and what batches took, asked of both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from batch_rows import Row, begin
from sqlalchemy import Connection, Engine, event, insert, select

from cobrex.batch.history import usual_s
from cobrex_db import schema as s
from cobrex_db.batch_story import find_batch
from cobrex_db.engine import transact
from cobrex_db.people import user_id, utc_now
from cobrex_db.roots import roots_of
from cobrex_db.usage import LATEST, Usage, left, spent_by, spent_lately, used


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect what is asked of the database."""
    said: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *more: Any) -> None:
        said.extend([statement] if statement.startswith("SELECT") else [])

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def fill(connection: Connection, folder: Any) -> None:
    """Six hundred flats of which the first thirty took long, two that failed, one cube."""
    rows = [Row(took_s=900.0 if n < 30 else 10.0) for n in range(600)]
    rows += [Row(state="failed", cause="out-of-memory", took_s=3.0)] * 2
    rows += [Row("toy_cube", took_s=100.0), Row("toy_cube", state="waiting")]
    batch = begin(connection, rows, name="survey", forecast={"cpu_s": 100.0}, state="done")
    a = s.attempt.c
    connection.execute(s.attempt.update().values(memory_bytes=7 << 20))
    connection.execute(s.attempt.update().where(a.outcome == "failed").values(memory_bytes=1 << 30))
    connection.execute(s.batch.update().values(ended=s.batch.c.started))
    [(root, _)] = roots_of(connection, [folder / "a"], default=folder)
    types = {}
    for name in ("TOY_FLAT", "TOY_MASK"):
        made = connection.execute(insert(s.frame_type).values(name=name))
        types[name] = made.inserted_primary_key[0]  # type: ignore[index]
    done = connection.execute(
        select(a.attempt_id, a.process_id)
        .where(a.batch_id == batch, a.outcome == "done")
        .order_by(a.process_id.desc())
        .limit(4)  # the cube and three flats
    ).all()
    for attempt_id, process_id in done:
        for name, size in (("TOY_FLAT", 1000), ("TOY_MASK", 10)):
            product(connection, attempt_id, process_id, (types[name], name), size, root)


def product(
    connection: Connection, attempt: int, process: int, kind: tuple[int, str], size: int, root: int
) -> None:
    frame = connection.execute(
        insert(s.frame).values(
            kind="product",
            frame_type_id=kind[0],
            classification="test",
            process_id=process,
            attempt_id=attempt,
            user_id=user_id(connection, "ada"),
            created=utc_now(),
            instrument_columns={},
        )
    ).inserted_primary_key[0]  # type: ignore[index]
    connection.execute(
        insert(s.file).values(
            root_id=root, path=f"{attempt}/{kind[1]}", frame_id=frame, size_bytes=size,
            mtime_ns=0, ctime_ns=0, device=0, inode=0, seen_ns=0,
        )
    )  # fmt: skip


def test_usage(engine: Engine, tmp_path) -> None:
    transact(engine, lambda c: fill(c, tmp_path))
    recipes = ["main/toy_flat", "main/toy_cube", "main/nobody"]
    with engine.connect() as connection, statements(engine) as said:
        found = used(connection, recipes)
        products = left(connection, recipes)
    assert len(said) == 2
    with engine.connect() as connection:
        assert usual_s(connection, recipes) == pytest.approx(
            dict(zip(recipes, (10, 100, 0), strict=True)), abs=0.1
        )
    flats = [one for one in found if one.recipe == "main/toy_flat"]
    assert len(flats) == LATEST + 2
    done = [one for one in flats if one.outcome == "done"]
    assert max(one.elapsed_s for one in done) < 100  # the first are not asked for
    assert {(one.reason, one.memory_bytes) for one in flats if one.outcome == "failed"} == {
        ("out-of-memory", 1 << 30)
    }
    (cube,) = [one for one in found if one.recipe == "main/toy_cube"]
    assert cube == Usage("main/toy_cube", "c" * 43, "done", "", cube.elapsed_s, 100.0, 7 << 20)
    assert {(p.recipe, p.frame_type, p.size_bytes, p.attempts) for p in products} == {
        ("main/toy_flat", "TOY_FLAT", 3000, 3),
        ("main/toy_flat", "TOY_MASK", 30, 3),
        ("main/toy_cube", "TOY_FLAT", 1000, 1),
        ("main/toy_cube", "TOY_MASK", 10, 1),
    }
    transact(engine, lambda c: begin(c, [Row(took_s=1.0)], name="other"))
    with engine.connect() as connection:
        (past,) = spent_lately(connection)
        assert spent_by(connection, find_batch(connection, "survey")["batch_id"]) == past
        running = spent_by(connection, find_batch(connection, "other")["batch_id"])
    assert (past.name, past.state, past.forecast) == ("survey", "done", {"cpu_s": 100.0})
    assert (past.attempts, past.wall_s) == (603, 0.0)
    assert past.cpu_s == pytest.approx(30 * 900 + 570 * 10 + 2 * 3 + 100)
    assert (past.memory_bytes, past.size_bytes) == (1 << 30, 4040)
    assert (running.attempts, running.forecast, running.size_bytes) == (1, None, 0)


def test_many_recipes_take_few_statements(engine: Engine) -> None:
    with engine.connect() as connection, statements(engine) as said:
        assert used(connection, [f"main/r{n}" for n in range(300)]) == []
        assert left(connection, []) == []
    assert len(said) <= 3
