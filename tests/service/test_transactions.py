"""Transactions outlive short trouble; what lasts ends in one clear error."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from mariadb_server import PASSWORD, MariaDB
from sqlalchemy import Connection, Engine, func, select

from cobrex_db import engine as engine_module
from cobrex_db.engine import open_catalogue, transact
from cobrex_db.errors import CatalogueError
from cobrex_db.schema import frame_type, star
from cobrex_db.trouble import is_duplicate

# PyMySQL leaves its socket to the collector when a server does not answer
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


@pytest.fixture(autouse=True)
def _sockets_are_collected_here() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_WAITS_S", (0.01, 0.01))


def _add(name: str):
    return lambda c: c.execute(star.insert().values(identifier=name, source="test"))


def _count(engine: Engine) -> int:
    return transact(
        engine,
        lambda c: c.execute(
            select(func.count()).select_from(star).where(star.c.source == "test")
        ).scalar(),
    )


def test_an_error_rolls_back(fresh_catalogue_url: str) -> None:
    engine = open_catalogue(fresh_catalogue_url)

    def fail(connection: Connection) -> None:
        _add("HR 100 b")(connection)
        raise KeyError("no")

    with pytest.raises(KeyError):
        transact(engine, fail)
    assert _count(engine) == 0
    engine.dispose()


def test_writers_at_once_all_succeed(fresh_catalogue_url: str) -> None:
    engine = open_catalogue(fresh_catalogue_url)

    def read_then_write(name: str) -> None:
        def write(connection: Connection) -> None:
            connection.execute(
                select(func.count()).select_from(star).where(star.c.source == "test")
            ).scalar()
            _add(name)(connection)

        transact(engine, write)

    threads = [threading.Thread(target=read_then_write, args=(f"made {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(engine) == 8
    engine.dispose()


def test_names_are_compared_byte_by_byte(fresh_catalogue_url: str) -> None:
    engine = open_catalogue(fresh_catalogue_url)
    for name in ("A", "a", "é", "e", "β Pic", "😀"):
        transact(engine, _add(name))
    names = transact(
        engine,
        lambda c: (
            c.execute(select(star.c.identifier).where(star.c.source == "test")).scalars().all()
        ),
    )
    assert set(names) == {"A", "a", "é", "e", "β Pic", "😀"}
    engine.dispose()


def test_foreign_keys_hold(fresh_catalogue_url: str) -> None:
    engine = open_catalogue(fresh_catalogue_url)
    with pytest.raises(sqlalchemy.exc.IntegrityError) as caught:
        transact(
            engine,
            lambda c: c.exec_driver_sql(
                "INSERT INTO alias (star_id, name, name_key, source) "
                "VALUES (7000000, 'x', 'x', 'x')"
            ),
        )
    assert not is_duplicate(caught.value)
    engine.dispose()


def test_a_duplicate_is_told_from_other_refusals(fresh_catalogue_url: str) -> None:
    engine = open_catalogue(fresh_catalogue_url)
    transact(engine, _add("HR 100 b"))
    with pytest.raises(sqlalchemy.exc.IntegrityError) as caught:
        transact(engine, _add("HR 100 b"))
    assert is_duplicate(caught.value)
    engine.dispose()


@pytest.mark.service
def test_a_deadlock_is_tried_again(mariadb_url: str) -> None:
    engine = open_catalogue(mariadb_url)
    for name in ("one", "two"):
        transact(engine, _add(name))
    meet = threading.Barrier(2, timeout=120)
    calls = []

    def cross(first: str, second: str) -> None:
        def update(connection: Connection) -> None:
            calls.append(first)
            for name in (first, second):
                connection.execute(
                    star.update().where(star.c.identifier == name).values(magnitude_v=len(calls))
                )
                if len(calls) <= 2 and name == first:
                    meet.wait()

        transact(engine, update)

    threads = [
        threading.Thread(target=cross, args=pair) for pair in (("one", "two"), ("two", "one"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 3
    engine.dispose()


@pytest.mark.service
def test_a_killed_connection_is_tried_again(mariadb_url: str) -> None:
    engine = open_catalogue(mariadb_url)
    calls = []

    def die_once(connection: Connection) -> None:
        _add("HR 100 b")(connection)
        calls.append(1)
        if len(calls) == 1:
            number = connection.execute(select(func.connection_id())).scalar()
            with engine.connect() as other:
                other.exec_driver_sql(f"KILL {number}")
            connection.execute(select(1))

    transact(engine, die_once)
    assert len(calls) == 2
    assert _count(engine) == 1
    engine.dispose()


@pytest.mark.service
@pytest.mark.usefixtures("_short_waits")
def test_a_server_away_and_back(mariadb_url: str, mariadb_server: MariaDB) -> None:
    engine = open_catalogue(mariadb_url)
    transact(engine, _add("HR 100 b"))
    mariadb_server.stop()
    try:
        with pytest.raises(CatalogueError) as writing:
            transact(engine, _add("HR 200 b"))
        with pytest.raises(CatalogueError) as reading, engine.connect() as connection:
            connection.execute(select(star))
        with pytest.raises(CatalogueError) as opening:
            open_catalogue(mariadb_url)
    finally:
        mariadb_server.start()
    for caught in (writing, reading, opening):
        assert caught.value.kind == "database-away"
        assert "localhost" in caught.value.message
        assert PASSWORD not in caught.value.message + caught.value.hint
    assert _count(engine) == 1
    engine.dispose()


@pytest.mark.service
def test_a_wrong_password_is_refused_without_showing_it(mariadb_url: str) -> None:
    url = sqlalchemy.make_url(mariadb_url).set(password="s3cret")
    with pytest.raises(CatalogueError, match="refuses cobrex") as caught:
        open_catalogue(url.render_as_string(hide_password=False))
    assert caught.value.kind == "database-refused"
    assert "s3cret" not in str(caught.value) + caught.value.hint


@pytest.mark.service
def test_the_session_is_strict_utc_and_read_committed(mariadb_url: str) -> None:
    engine = open_catalogue(mariadb_url)
    with engine.connect() as connection:
        row = connection.exec_driver_sql(
            "SELECT @@time_zone, @@tx_isolation, @@character_set_client, @@sql_mode"
        ).one()
    assert row[:3] == ("+00:00", "READ-COMMITTED", "utf8mb4")
    assert "STRICT_ALL_TABLES" in row[3]
    engine.dispose()


@pytest.mark.usefixtures("_short_waits")
def test_a_locked_sqlite_ends_in_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_BUSY_MS", 20)
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    engine = open_catalogue(url)
    other = open_catalogue(url)
    held = other.connect().execution_options(cobrex_write=True)
    held.begin()
    with pytest.raises(CatalogueError) as caught:
        transact(engine, _add("HR 100 b"))
    assert caught.value.kind == "database-away"
    held.close()
    transact(engine, _add("HR 100 b"))
    engine.dispose()
    other.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense:secret",
        "postgresql://u:secret@h/d",
        "mysql+pymysql://u:secret@h",
        "sqlite:///\0",
    ],
)
def test_a_bad_address_is_explained(url: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        open_catalogue(url)
    assert "secret" not in str(caught.value)
    assert caught.value.hint


def test_the_folder_is_made(tmp_path: Path) -> None:
    engine = open_catalogue(f"sqlite:///{tmp_path / 'a b' / 'é' / 'c.sqlite'}")
    with engine.connect() as connection:
        assert connection.execute(select(frame_type.c.name)).scalar() == "UNCLASSIFIED"
    engine.dispose()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CatalogueError) as caught:
        open_catalogue(f"sqlite:///{tmp_path / 'file' / 'c.sqlite'}")
    assert caught.value.kind == "database-refused"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_text("no database " * 100)
    with pytest.raises(CatalogueError) as caught:
        open_catalogue(f"sqlite:///{tmp_path / 'c.sqlite'}")
    assert caught.value.kind == "not-a-catalogue"


def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    engine = open_catalogue(f"sqlite:///{tmp_path / 'c.sqlite'}")

    def limit(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def fill(connection: Connection) -> None:
        limit(connection)
        for number in range(500):
            _add(f"star {number} {'x' * 150}")(connection)

    with pytest.raises(CatalogueError) as caught:
        transact(engine, fill)
    assert caught.value.kind == "disk-full"
    engine.dispose()
    again = open_catalogue(f"sqlite:///{tmp_path / 'c.sqlite'}")
    assert _count(again) == 0
    again.dispose()
