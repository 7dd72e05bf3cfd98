"""The frames of a plan, asked of both databases: of now, of then, and what they were made from."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, Engine, insert

from cobrex.batch import frames
from cobrex.batch.reach import Scope, scope
from cobrex.rules.book import COLUMNS
from cobrex.rules.read import parse
from cobrex_db import candidates
from cobrex_db import schema as s
from cobrex_db.engine import transact
from cobrex_db.people import user_id, utc_now, workspace_id

NIGHT = date(2020, 3, 7)


def fill(connection: Connection) -> None:
    """Two raw frames, the second replaced; a product of the first; one that failed."""
    connection.execute(insert(s.frame_type), [{"name": n} for n in ("P_RAW", "P_CUBE")])
    types = {row.name: row.frame_type_id for row in connection.execute(s.frame_type.select())}
    user, workspace = user_id(connection, "ada"), workspace_id(connection, "public")
    for n, verdict in ((1, "pass"), (2, "fail")):
        connection.execute(
            insert(s.process).values(
                process_id=n, key=f"{n:043d}", recipe="main/p", version="1.0.0",
                code_hash="c" * 43, environment_digest="e" * 43, parameters={}, series="s" * 43,
                state="done", verdict=verdict, created=utc_now(),
            )
        )  # fmt: skip
    connection.execute(
        insert(s.process_input).values(
            process_id=1, position=0, role="raw", frame_type="P_RAW", content_id="a" * 43
        )
    )
    # id, type, content, state, made by, replaced by
    for row in (
        (4, "P_RAW", "d", "present", None, None),
        (1, "P_RAW", "a", "present", None, None),
        (2, "P_RAW", "b", "replaced", None, 4),
        (3, "P_CUBE", "c", "present", 1, None),
        (5, "P_CUBE", "f", "present", 2, None),
    ):
        frame_id, frame_type, content, state, process, replaced = row
        connection.execute(
            insert(s.frame).values(
                frame_id=frame_id, kind="product" if process else "raw", state=state,
                frame_type_id=types[frame_type], classification="test", content_id=content * 43,
                user_id=user, process_id=process, replaced_by_id=replaced, night=NIGHT,
                mjd_obs=58915.0 + frame_id, archive_name=f"F{frame_id}", created=utc_now(),
                instrument_columns={"prism": "YJ"},
            )
        )  # fmt: skip
        connection.execute(
            insert(s.workspace_frame).values(workspace_id=workspace, frame_id=frame_id)
        )


def test_frames_of_a_plan(engine: Engine) -> None:
    transact(engine, fill)
    wanted = Scope(frozenset({"P_RAW", "P_CUBE"}), (NIGHT, NIGHT), lineage=True)
    with engine.connect() as connection:
        found = frames.other_frames(connection, wanted, "public")
        assert [f.frame_id for f in found["P_RAW"]] == [1, 4]
        (cube,) = found["P_CUBE"]
        assert (cube.process_id, cube.verdict, cube.parents) == (1, "pass", frozenset({1}))
        assert cube.values["prism"] == "YJ"
        rows = candidates.candidates(connection, ["P_RAW", "P_CUBE"], "public", out_of_use=True)
        assert [row["frame_id"] for row in rows] == [1, 2, 3, 4, 5]
        assert (rows[1]["state"], rows[1]["replaced_by_id"]) == ("replaced", 4)
        assert candidates.horizon(connection) == 5
        assert candidates.maker_of(connection, 3) == f"{1:043d}"
        assert candidates.maker_of(connection, 1) is None
        assert candidates.parents(connection, []) == {}


def test_a_cascade_reaches_as_far_as_its_longest_way() -> None:
    table = {
        "dark": {"main": {"frame_type": "DARK_RAW"}},
        "flat": {
            "main": {"frame_type": "FLAT_RAW"},
            "inputs": {"dark": {"from": "dark.out", "window_days": [-3, 1]}},
        },
        "science": {
            "main": {"frame_type": "P_RAW"},
            "inputs": {
                "flat": {"from": "flat.out", "window_days": [-10, 10]},
                "dark": {"from": "dark.out", "window_days": [-11, 0]},
                "sky": {"frame_type": "SKY", "of": "flat", "window_days": [-5, 0]},
            },
        },
    }
    known = parse(table, "rules.yaml", columns=COLUMNS)
    main = {"science": [frame_of(NIGHT), frame_of(NIGHT + timedelta(days=2))]}
    found = scope(list(known.values()), {"SERVED"}, main)
    assert found.types == {"SERVED", "SKY", "DARK_RAW", "FLAT_RAW"}
    # 10 and 5 days before, the sky of a flat; 10 and 1 after; a night more
    assert found.nights == (NIGHT - timedelta(days=16), NIGHT + timedelta(days=2 + 12))
    undated = scope(list(known.values()), (), {"science": [frame_of(NIGHT), frame_of(None)]})
    assert undated.nights == (None, None)
    table["flat"]["inputs"]["dark"]["window_days"] = [-99_999, 0]
    far = scope(list(parse(table, "r", columns=COLUMNS).values()), (), main)
    assert far.nights[1] is not None
    table["flat"]["inputs"]["dark"] = {"from": "dark.out"}
    wide = scope(list(parse(table, "r", columns=COLUMNS).values()), (), main)
    assert wide.nights == (None, None)


def frame_of(night: date | None) -> frames.PlanFrame:
    """A main frame of a night."""
    return frames.PlanFrame(1, "P_RAW", "F1", 58915.0, night, None, {})
