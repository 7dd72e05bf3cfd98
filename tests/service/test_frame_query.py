"""Questions about frames, asked of both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert

from cobrex_db import schema as s
from cobrex_db.engine import open_catalogue, transact
from cobrex_db.errors import CatalogueError
from cobrex_db.frame_lookup import files_of, frame_by, paths_of, stars_of
from cobrex_db.frame_query import FrameQuery
from cobrex_db.people import user_id, utc_now, workspace_id
from cobrex_db.query import (
    COLUMNS,
    count_by_type,
    describe_frame,
    find_frames,
    night_span,
    what_there_is,
)
from cobrex_db.query_advice import check_values, instead

NIGHT = date(2020, 3, 7)
TYPES = ("IFS_ASTROMETRY_RAW", "IFS_SPECPOS_RAW", "IRD_SCIENCE_DBI_RAW", "IFS_SPECPOS")


@pytest.fixture
def engine(fresh_catalogue_url: str) -> Iterator[Engine]:
    made = open_catalogue(fresh_catalogue_url)
    transact(made, _fill)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as opened:
        yield opened


def _fill(connection: Connection) -> None:
    # the built-in stars are not what is asked here
    connection.execute(s.alias.delete())
    connection.execute(s.star.delete())
    connection.execute(insert(s.frame_type), [{"name": n} for n in TYPES])
    types = {row.name: row.frame_type_id for row in connection.execute(s.frame_type.select())}
    for n, name in enumerate(("HR 100", "bet Pic", "HD 1"), start=1):
        connection.execute(insert(s.star).values(star_id=n, identifier=name, source="test"))
    connection.execute(insert(s.observation), [
        {"observation_id": n, "identity": f"{n:043d}", "programme": f"0104.C-000{n}(B)", "ob_id": n}
        for n in (1, 2)])  # fmt: skip
    other = user_id(connection, "other")
    mine = user_id(connection, "mine")
    # id, type, star, nights after, filter, arm, state, user
    _frame(connection, types, 1, "IFS_ASTROMETRY_RAW", 1, 0, "YJ", "IFS", user_id=mine)
    _frame(connection, types, 2, "IFS_ASTROMETRY_RAW", 1, 1, "YJH", "IFS", user_id=other)
    _frame(connection, types, 3, "IFS_ASTROMETRY_RAW", 1, -5, "YJ", "IFS", state="replaced",
           user_id=mine)  # fmt: skip
    _frame(connection, types, 4, "IRD_SCIENCE_DBI_RAW", 1, 0, "DB_H23", "IRDIS", user_id=mine)
    _frame(connection, types, 5, "IRD_SCIENCE_DBI_RAW", 2, 0, "DB_K12", "IRDIS", user_id=mine)
    _frame(connection, types, 6, "IFS_SPECPOS_RAW", None, 0, "YJ", "IFS", user_id=mine)
    _frame(
        connection, types, 7, "IFS_SPECPOS", None, None, "YJ", "IFS", kind="product", user_id=mine
    )
    connection.execute(insert(s.frame_star).values(
        frame_id=1, star_id=2, method="position", separation_arcsec=3.5, chosen=False))  # fmt: skip
    # written by code that does not note the type
    connection.execute(
        s.frame_star.update().where(s.frame_star.c.frame_id == 2).values(frame_type_id=0)
    )
    workspace = workspace_id(connection, "survey")
    connection.execute(insert(s.workspace_frame).values(workspace_id=workspace, frame_id=5))


def _frame(
    connection: Connection,
    types: dict[str, int],
    frame_id: int,
    type_: str,
    star_id: int | None,
    nights: int | None,
    filter_: str,
    arm: str,
    **more: Any,
) -> None:
    when = None if nights is None else datetime(2020, 3, 8, 3) + timedelta(days=nights)
    night = None if nights is None else NIGHT + timedelta(days=nights)
    connection.execute(insert(s.frame).values({
        "frame_id": frame_id, "kind": "raw", "frame_type_id": types[type_], "classification": "x",
        "content_id": f"{'AbC-_'[frame_id % 5]}content{frame_id:035d}", "instrument": "SPHERE",
        "arm": arm, "object": f"Obj_{frame_id}", "filter": filter_, "night": night,
        "archive_name": f"SPHER.2020-03-{frame_id:02d}.fits", "date_obs": when,
        "mjd_obs": None if nights is None else 58916.0 + nights, "dit_s": 64.0,
        "observation_id": 1 if frame_id < 5 else 2, "instrument_columns": {"prism": filter_},
        "created": utc_now(), **more}))  # fmt: skip
    if star_id:
        connection.execute(insert(s.frame_star).values(
            frame_id=frame_id, star_id=star_id, method="name", chosen=True,
            frame_type_id=types[type_]))  # fmt: skip


def ids(connection: Connection, **query: Any) -> list[int]:
    return [row["frame_id"] for row in find_frames(connection, FrameQuery(**query))]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [1, 4, 5, 6, 2, 7]),
        ({"star_ids": (1,)}, [1, 4, 2]),
        ({"star_ids": (2,)}, [5]),
        ({"star_ids": (1, 2)}, [1, 4, 5, 2]),
        ({"star_ids": (1,), "frame_types": ("IFS_ASTROMETRY_RAW",)}, [1, 2]),
        ({"star_ids": (1,), "frame_types": ("IFS_*",)}, [1, 2]),
        ({"star_ids": (1,), "frame_types": ("*",), "limit": 2}, [4, 2]),
        ({"frame_types": ("ifs_specpos*",)}, [6, 7]),
        ({"frame_types": ("IFS_SPECPOS", "IFS_SPECPOS_RAW")}, [6, 7]),
        ({"night_from": NIGHT, "night_to": NIGHT}, [1, 4, 5, 6]),
        ({"night_from": date(2020, 3, 8)}, [2]),
        ({"night_to": date(2020, 3, 2), "status": "all"}, [3]),
        ({"arm": "irdis"}, [4, 5]),
        ({"filter": "DB_?23"}, [4]),
        ({"filter": "DB_H23"}, [4]),
        ({"filter": "db_h23"}, []),
        ({"object": "obj_*", "kind": "product"}, [7]),
        ({"object": "obj%"}, []),
        ({"object": "Obj?1", "arm": "IFS"}, [1]),
        ({"programme": "0104.c-0002*"}, [5, 6, 7]),
        ({"programme": "0104.C-0001(B)"}, [1, 4, 2]),
        ({"instrument": "SPHERE", "kind": "raw"}, [1, 4, 5, 6, 2]),
        ({"user": "other"}, [2]),
        ({"workspace": "survey"}, [5]),
        ({"status": "replaced"}, [3]),
        ({"status": "missing"}, []),
        ({"limit": 2, "kind": "raw"}, [6, 2]),
    ],
)
def test_find(connection: Connection, query: dict[str, Any], expected: list[int]) -> None:
    assert ids(connection, **query) == expected
    assert sum(count_by_type(connection, FrameQuery(**{**query, "limit": None})).values()) >= len(
        expected
    )


def test_a_row_says_everything(connection: Connection) -> None:
    row = find_frames(connection, FrameQuery(star_ids=(1,), filter="YJ"))[0]
    assert tuple(row) == COLUMNS
    assert row["star"] == "HR 100"
    assert row["frame_type"] == "IFS_ASTROMETRY_RAW"
    assert row["user"] == "mine"
    assert row["programme"] == "0104.C-0001(B)"
    assert row["instrument_columns"] == {"prism": "YJ"}
    assert row["night"] == NIGHT
    assert row["date_obs"] == datetime(2020, 3, 8, 3)
    assert row == describe_frame(connection, 1)
    assert describe_frame(connection, 99) is None


def test_counts(connection: Connection) -> None:
    assert what_there_is(connection, 1) == {"IFS_ASTROMETRY_RAW": 2, "IRD_SCIENCE_DBI_RAW": 1}
    assert what_there_is(connection, 3) == {}
    assert night_span(connection, FrameQuery(star_ids=(1,))) == (NIGHT, date(2020, 3, 8))


@pytest.mark.parametrize(
    ("query", "kind", "cure"),
    [
        ({"frame_types": ("IFS_ASTROMETRI_RAW",)}, "unknown-frame-type", "IFS_ASTROMETRY_RAW"),
        ({"frame_types": ("ZPL_*",)}, "unknown-frame-type", "frame types there are"),
        ({"user": "mime"}, "unknown-user", "did you mean mine"),
        ({"workspace": "suvrey"}, "unknown-workspace", "did you mean survey"),
    ],
)
def test_unknown_words(connection: Connection, query: dict[str, Any], kind: str, cure: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        find_frames(connection, FrameQuery(**query))
    assert caught.value.kind == kind
    assert cure in caught.value.hint


@pytest.mark.parametrize(
    ("query", "kind", "cure"),
    [
        ({"filter": "DB_H32"}, "unknown-filter", "did you mean DB_H23"),
        ({"arm": "IRDS"}, "unknown-arm", "did you mean IRDIS"),
        ({"instrument": "SPHER"}, "unknown-instrument", "did you mean SPHERE"),
        ({"programme": "0104.C-0003(B)"}, "unknown-programme", "did you mean 0104.C-000"),
    ],
)
def test_values_that_no_frame_has(
    connection: Connection, query: dict[str, Any], kind: str, cure: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        check_values(connection, FrameQuery(**query))
    assert caught.value.kind == kind
    assert cure in caught.value.hint
    check_values(connection, FrameQuery(filter="DB_K12", arm="IFS"))


def test_what_there_is_instead(connection: Connection) -> None:
    query = FrameQuery(star_ids=(1,), frame_types=("IFS_SPECPOS_RAW",))
    assert instead(connection, query) == "there are: 3 IFS_ASTROMETRY_RAW, 1 IRD_SCIENCE_DBI_RAW"
    later = FrameQuery(star_ids=(1,), night_from=date(2021, 1, 1))
    assert instead(connection, later).startswith("other nights (2020-03-02 to 2020-03-08): 3 IFS")
    assert instead(connection, FrameQuery(star_ids=(3,))) == "the catalogue holds 7 frames"


def test_an_empty_catalogue_says_so(fresh_catalogue_url: str) -> None:
    engine = open_catalogue(fresh_catalogue_url)
    with engine.connect() as connection:
        query = FrameQuery(filter="YJ")
        assert find_frames(connection, query) == []
        check_values(connection, query)
        assert instead(connection, query) == "the catalogue is empty: import frames"
    engine.dispose()


def test_hostile_words_are_only_words(connection: Connection) -> None:
    for word in ("' OR 1=1 --", "%", "_", "\\", "é☃", "x" * 5000, "*' OR '1'='1", "[a-z]"):
        assert ids(connection, object=word, filter=word, programme=word) == []


def test_one_frame_by_any_name(engine: Engine, tmp_path: Path) -> None:
    place = tmp_path / "night é"
    transact(engine, lambda c: _put(c, place))
    with engine.connect() as connection:
        assert frame_by(connection, "4") == 4
        assert frame_by(connection, "SPHER.2020-03-04.fits") == 4
        assert frame_by(connection, "SPHER.2020-03-04") == 4
        assert frame_by(connection, str(place / "a b.fits")) == 4
        assert frame_by(connection, "_content") == 4
        assert paths_of(connection, [1, 4]) == {4: place / "a b.fits"}
        assert files_of(connection, 4)[0]["path"] == place / "a b.fits"
        for unknown in ("99", "SPHER.2099", "/no/such.fits", "zzzzzz", "", "9" * 40, "%", "_"):
            with pytest.raises(CatalogueError) as caught:
                frame_by(connection, unknown)
            assert caught.value.kind == "unknown-frame"
        # AbC-_ are five different letters: content ids are compared byte by byte
        with pytest.raises(CatalogueError, match="means 2 frames") as caught:
            frame_by(connection, "bconte")
        assert caught.value.kind == "ambiguous-frame"
        assert "1, 6" in caught.value.hint


def _put(connection: Connection, place: Path) -> None:
    connection.execute(insert(s.root).values(root_id=1, name=str(place)))
    connection.execute(insert(s.root_path).values(root_id=1, host="*", path=str(place)))
    connection.execute(insert(s.file).values(
        root_id=1, path="a b.fits", frame_id=4, size_bytes=1, mtime_ns=1, ctime_ns=1, device=1,
        inode=1, seen_ns=1))  # fmt: skip


def test_missing_is_a_status(engine: Engine, tmp_path: Path) -> None:
    transact(engine, lambda c: _put(c, tmp_path))
    transact(engine, lambda c: c.execute(s.file.update().values(state="missing")))
    with engine.connect() as connection:
        assert ids(connection, status="missing") == [4]
        assert 4 in ids(connection)


def test_every_candidate_of_a_frame(connection: Connection) -> None:
    found = stars_of(connection, 1)
    assert [(f["star"], f["method"], f["separation_arcsec"], bool(f["chosen"])) for f in found] == [
        ("HR 100", "name", None, True), ("bet Pic", "position", 3.5, False)]  # fmt: skip
