"""Opens a catalogue on SQLite, MariaDB or MySQL; runs transactions that outlive trouble."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, IntegrityError

from . import migrate, trouble
from .errors import CatalogueError
from .single_host import SingleHost, is_network

Result = TypeVar("Result")

_WAITS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.2, 1.6)
_RACES = 3
_BUSY_MS = 10_000
_MYSQL_SESSION = (
    "SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 10, "
    "sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'"
)
_WRITE = "cobrex_write"
_KEEPER = "cobrex_single_host"


def open_catalogue(url: str) -> Engine:
    """Open a catalogue; a fresh one is created.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``mysql+pymysql://USER:PASSWORD@HOST/DATABASE``.

    Returns
    -------
    sqlalchemy.Engine
        Write through `transact`; reading connections are its ``connect()``.

    Raises
    ------
    CatalogueError
        Kinds ``database-url``, ``database-away``, ``database-refused``, ``schema-old``,
        ``schema-new``, ``not-a-catalogue``.
    """
    engine = create(url)
    try:
        if _patiently(lambda: _state(engine)) == migrate.FRESH:
            _patiently(lambda: migrate.create(engine))
            _fill(engine)
    except CatalogueError:
        engine.dispose()
        raise
    return engine


def _fill(engine: Engine) -> None:
    """Put in the built-in stars, so that `HR 100` means something before the first import."""
    from .stars.seeds import ensure_seeds  # noqa: PLC0415 needed once in a catalogue's life

    transact(engine, ensure_seeds)


def create(url: str) -> Engine:
    """Return an engine with the project's settings, without looking at the schema.

    Parameters
    ----------
    url : str
        As for `open_catalogue`.

    Returns
    -------
    sqlalchemy.Engine

    Raises
    ------
    CatalogueError
        Kind ``database-url``.
    """
    address = _parse(url)
    engine = _sqlite(address) if address.get_backend_name() == "sqlite" else _mysql(address)
    event.listen(engine, "handle_error", trouble.translate)
    return engine


def transact(engine: Engine, function: Callable[[Connection], Result]) -> Result:
    """Run a function in one transaction, again when the database was busy or away.

    Also again, a few times, when a unique key exists already: another program added the row
    between the function's look and its insert, and now it will find it.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        From `open_catalogue`.
    function : callable
        Gets the connection; may be called several times, each time in a new transaction.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    CatalogueError
        Kind ``database-away`` after some seconds of trying.
    """
    for _ in range(_RACES):
        try:
            return _patiently(lambda: _once(engine, function, writes=True))
        except IntegrityError as error:
            if not trouble.is_duplicate(error):
                raise
    return _patiently(lambda: _once(engine, function, writes=True))


def ask(engine: Engine, function: Callable[[Connection], Result]) -> Result:
    """Run a function that only reads, again when the database was busy or away.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        From `open_catalogue`.
    function : callable
        Gets the connection; may be called several times.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    CatalogueError
        Kind ``database-away`` after some seconds of trying.
    """
    return _patiently(lambda: _once(engine, function, writes=False))


def _once(engine: Engine, function: Callable[[Connection], Result], *, writes: bool) -> Result:
    with engine.connect() as opened:
        connection = opened.execution_options(**{_WRITE: writes})
        with connection.begin():
            return function(connection)


def _patiently(function: Callable[[], Result]) -> Result:
    for wait in _WAITS_S:
        try:
            return function()
        except trouble.PassingError:
            time.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311 spreads retries, no secret
    return function()


def _state(engine: Engine) -> str:
    with engine.connect() as connection:
        return migrate.require_current(connection)


def _parse(url: str) -> URL:
    try:
        address = sqlalchemy.make_url(url)
        backend = address.get_backend_name()
    except (ArgumentError, ValueError):
        # the text may hold a password
        raise CatalogueError(
            "COBREX_DATABASE_URL is not a database URL", hint=_FORMS, kind="database-url"
        ) from None
    if backend not in {"sqlite", "mysql", "mariadb"}:
        raise CatalogueError(
            f"a catalogue cannot lie on {backend}", hint=_FORMS, kind="database-url"
        )
    if "\0" in (address.database or ""):
        raise CatalogueError("a catalogue's name holds a NUL", hint=_FORMS, kind="database-url")
    if backend != "sqlite" and not address.database:
        raise CatalogueError(
            f"{trouble.place(address)} names no database", hint=_FORMS, kind="database-url"
        )
    return address


_FORMS = "sqlite:////folder/catalogue.sqlite or mysql+pymysql://user:password@host/database"


def _sqlite(address: URL) -> Engine:
    network = address.query.get("network")
    address = address.difference_update_query(["network"])
    if address.database and address.database != ":memory:":
        _make_folder(Path(address.database).parent)
    file = Path(address.database or "")
    shared = is_network(file.parent) if network is None else network == "yes"
    keeper = SingleHost(file, shared and str(file) not in {".", ":memory:"})
    closed = file.is_file() and not os.access(file, os.W_OK)
    if closed or keeper.is_other:
        address = _only_read(address, file, closed=closed)
        prepare = None
    else:
        prepare = _prepare_network if keeper.network else _prepare_sqlite
    engine = sqlalchemy.create_engine(
        address.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": _BUSY_MS / 1000},
        execution_options={_KEEPER: keeper},
    )
    if prepare is not None:
        event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _only_read(address: URL, file: Path, *, closed: bool) -> URL:
    # somebody else's catalogue; without a write-ahead log SQLite need not make files beside it
    logged = file.with_name(f"{file.name}-wal").exists()
    mode = {"immutable": "1"} if closed and not logged else {"mode": "ro"}
    return address.set(
        database=f"file:{quote(str(file.absolute()))}", query={"uri": "true", **mode}
    )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogueError(
            f"cannot make the catalogue's folder {folder}: {error.strerror}",
            hint="set COBREX_STORE or COBREX_DATABASE_URL to a place that can be written",
            kind="database-refused",
        ) from error


def _prepare_sqlite(dbapi: Any, _record: object) -> None:
    _set(dbapi, "journal_mode=WAL", "synchronous=NORMAL")


def _prepare_network(dbapi: Any, _record: object) -> None:
    # a write-ahead log lives in memory that hosts do not share: others could not even read
    _set(dbapi, "journal_mode=DELETE", "synchronous=FULL")


def _set(dbapi: Any, *pragmas: str) -> None:
    # sqlite3's own BEGIN comes too late and never for DDL: the engine says it instead
    dbapi.isolation_level = None
    for pragma in (f"busy_timeout={_BUSY_MS}", *pragmas, "foreign_keys=ON"):
        dbapi.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # a write that begins deferred fails at once when another wrote since its first read
    writes = connection.get_execution_options().get(_WRITE)
    if writes:
        connection.get_execution_options()[_KEEPER].claim()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _mysql(address: URL) -> Engine:
    return sqlalchemy.create_engine(
        address.set(drivername=f"{address.get_backend_name()}+pymysql").update_query_dict(
            {"charset": "utf8mb4"}
        ),
        pool_pre_ping=True,
        pool_recycle=3600,
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": 10, "init_command": _MYSQL_SESSION},
    )
