"""What is missing or changed is marked, and never dropped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fits_files import write
from sqlalchemy import Engine, select

from cobrex import instruments
from cobrex_db import schema as s
from cobrex_db.content_id import content_id
from cobrex_db.engine import open_catalogue, transact
from cobrex_db.holdings import holdings
from cobrex_db.importing import import_paths
from cobrex_db.locate import locate
from cobrex_db.migrate import VERSIONS
from cobrex_db.presence import check_files


@pytest.fixture
def engine(fresh_catalogue_url: str, tmp_path: Path) -> Iterator[Engine]:
    opened = open_catalogue(fresh_catalogue_url)
    for number in range(3):
        write(tmp_path / "night" / f"{number}.fits", {"ESO X": number})
    write(tmp_path / "other" / "a.fits")
    folders = [tmp_path / "night", tmp_path / "other"]
    import_paths(opened, folders, instruments.load(), user="ana", workspace="public")
    yield opened
    opened.dispose()


def _states(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        query = select(s.file.c.path, s.file.c.state)
        return dict(connection.execute(query).tuples().all())


def test_all_are_there(engine: Engine) -> None:
    told: list[tuple[int, int]] = []
    report = check_files(engine, lambda done, total: told.append((done, total)))
    assert (report.present, report.absent, report.unreachable) == (4, [], [])
    assert told[-1] == (4, 4)


def test_missing_and_changed_are_marked_and_come_back(engine: Engine, tmp_path: Path) -> None:
    night = tmp_path / "night"
    (night / "0.fits").rename(tmp_path / "kept")
    write(night / "1.fits", {"ESO X": "other"}, b"longer" * 9000)
    report = check_files(engine)
    assert report.present == 2
    assert {(Path(a.path).name, a.state) for a in report.absent} == {
        ("0.fits", "missing"),
        ("1.fits", "changed"),
    }
    assert _states(engine) == {
        "0.fits": "missing",
        "1.fits": "changed",
        "2.fits": "present",
        "a.fits": "present",
    }
    with engine.connect() as connection:
        assert holdings(connection)["absent_files"] == 2
    (tmp_path / "kept").rename(night / "0.fits")
    assert check_files(engine).back == 1
    summary = import_paths(engine, [night], instruments.load(), user="ana", workspace="public")
    assert (summary.changed, summary.unchanged, summary.new) == (1, 2, 0)
    assert set(_states(engine).values()) == {"present"}
    assert check_files(engine).present == 4


def test_a_root_that_is_away_is_not_judged(engine: Engine, tmp_path: Path) -> None:
    shutil.move(tmp_path / "night", tmp_path / "elsewhere")
    report = check_files(engine)
    assert (report.present, report.absent) == (1, [])
    assert report.unreachable == [(str(tmp_path / "night"), 3)]
    assert set(_states(engine).values()) == {"present"}


def test_a_root_of_another_host_is_counted(engine: Engine) -> None:
    transact(engine, lambda c: c.execute(s.root_path.update().values(host="another-host")))
    report = check_files(engine)
    assert (report.present, report.elsewhere) == (0, 4)


def test_a_changed_file_is_not_used_under_its_old_name(engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as connection:
        ids = list(connection.scalars(select(s.frame.c.frame_id)))
    places = [(Path(path), content) for path, content in locate(engine, ids).values()]
    assert {path.name for path, _ in places} == {"0.fits", "1.fits", "2.fits", "a.fits"}
    assert all(content == content_id(path) for path, content in places)
    write(tmp_path / "night" / "1.fits", {"ESO X": 1}, b"other" * 9000)
    (tmp_path / "night" / "2.fits").unlink()
    assert {Path(path).name for path, _ in locate(engine, ids).values()} == {"0.fits", "a.fits"}


def test_what_the_catalogue_holds(engine: Engine) -> None:
    with engine.connect() as connection:
        found = holdings(connection)
    assert (found["schema"], found["raw_frames"], found["unclassified"], found["files"]) == (
        VERSIONS[-1],
        4,
        3,
        4,
    )
    assert "p@ss" not in str(found["catalogue"])
