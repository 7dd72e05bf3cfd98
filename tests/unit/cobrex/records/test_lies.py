"""Records and batches that lie: each is refused with words, and hinders none beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from finished_records import digest
from sqlalchemy import insert, select

from cobrex.errors import UsageError
from cobrex.records import batch_file, people
from cobrex.records.read import read_record, summary
from cobrex.records.small_file import read_json
from cobrex_db import rebuild
from cobrex_db import schema as s
from cobrex_db.engine import open_catalogue
from cobrex_db.people import utc_now

KEY = digest("k")
RECORD = {
    "schema": "record/1", "key": KEY, "attempt": 1, "uuid": "u", "series": "s",
    "recipe": {"name": "main/toy", "version": "1.0.0", "code_hash": "c"},
    "environment": {"digest": "d"}, "parameters": {}, "main_frames": [], "used": [], "qc": [],
    "labels": {"batch": "one", "user": "ada", "workspace": "public", "star": None,
               "night": "2020-03-07", "preset": "", "frame_type": "TOY"},
    "generated": [{"role": "out", "n": 1, "frame_type": "TOY", "file": "out.fits",
                   "content_id": "c", "size_bytes": 5}],
    "outcome": "done", "reason": "", "message": "", "exit_code": 0, "verdict": None,
    "started": "2020-03-07T12:00:00", "ended": "2020-03-07T12:00:01", "cpu_s": 1.0,
    "memory_bytes": 1, "agent": {"host": "here"},
}  # fmt: skip


def written(folder: Path, **other: object) -> Path:
    place = folder / KEY / "0001"
    place.mkdir(parents=True)
    (place / "record.json").write_text(json.dumps({**RECORD, **other}))
    return place


def product(**other: object) -> dict[str, object]:
    return {"generated": [{**RECORD["generated"][0], **other}]}


def labels(**other: object) -> dict[str, object]:
    return {"labels": {**RECORD["labels"], **other}}


def test_one_that_does_not_lie_is_read(tmp_path: Path) -> None:
    honest = labels(star="β Pictoris \N{MILKY WAY}")
    place = written(tmp_path, **honest)
    assert read_record(place)["labels"] == honest["labels"]
    assert summary(read_record(place), place).batch == "one"


@pytest.mark.parametrize(
    "lie",
    [
        *(product(file=f) for f in ("..", ".", "", "../x", "/etc/passwd", "a\0b", "a" * 256)),
        product(file="a\udcffb"),
        product(size_bytes=10**30),
        {"memory_bytes": 1 << 63},
        labels(batch="../../../x"),
        labels(batch="x" * 65),
        labels(batch=""),
        labels(night="'; drop table"),
        {"ended": "0001-01-01T00:00:00+14:00"},
        {"started": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_a_record_that_lies_is_refused(tmp_path: Path, lie: dict[str, object]) -> None:
    place = written(tmp_path, **lie)
    with pytest.raises(ValueError):
        summary(read_record(place), place)


@pytest.mark.parametrize("text", ["1e999", "[-1e999]", "NaN", "9" * 30, r'"\ud800"', r'"\uDFFF x"'])
def test_what_no_database_takes_is_not_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ValueError):
        read_json(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("name", "lie"),
    [
        ("one", {"state": "x" * 99}),
        ("one", {"started": "9999-99"}),
        ("one", {"request": "everything"}),
        ("one", {"ended": 5}),
        ("one", {"rounds": [{"number": -1, "started": "2020-01-01", "members": []}]}),
        ("one", {"rounds": [{"number": 1, "started": "soon", "members": []}]}),
        ("o\x1bne", {}),
    ],
)
def test_a_batch_that_lies_is_refused(tmp_path: Path, name: str, lie: dict[str, object]) -> None:
    said = {
        "schema": "batch/1", "name": name, "user": "ada", "workspace": "public", "state": "done",
        "started": "2020-03-07T12:00:00", "ended": None, "profile": None, "host": None,
        "request": {}, "forecast": None, "rounds": [],
    }  # fmt: skip
    (tmp_path / name).mkdir()
    (tmp_path / name / "batch.json").write_text(json.dumps({**said, **lie}))
    with pytest.raises(batch_file.DAMAGED):
        batch_file.read(tmp_path / name)


def test_words_that_were_never_said_are_refused(tmp_path: Path) -> None:
    said = {name: [] for name in people._WIDE} | {"schema": "people/1"}
    said["validations"] = [[KEY, 1, "ada", True, "fine", "never"]]
    (tmp_path / "people.json").write_text(json.dumps(said))
    with pytest.raises(UsageError, match=r"people\.json"):
        people.read(tmp_path / "people.json")


def test_what_a_database_cannot_take_hinders_nothing_beside_it(catalogue_url: str) -> None:
    engine = open_catalogue(catalogue_url)
    groups = s.user_group
    takes = [
        lambda c, n=name: c.execute(insert(groups).values(name=n, created=utc_now()))
        for name in ("before", "half \ud800", "after")
    ]
    takes.append(lambda c: Path("a" * 3000).stat())
    refused = rebuild.take_all(engine, takes, takes)
    assert refused.keys() == {1, 3}
    assert "not what it says" in refused[1] and "not what it says" in refused[3]
    with engine.connect() as connection:
        assert set(connection.scalars(select(groups.c.name))) == {"before", "after"}
