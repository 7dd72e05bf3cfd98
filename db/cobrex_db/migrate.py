"""The version of a catalogue's schema, and the way to the newest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, func, inspect, select

from . import trouble
from .errors import CatalogueError

VERSIONS = ("0001", "0002", "0003")
FRESH = ""
_LOCK_S = 120
_version = Table("alembic_version", MetaData(), Column("version_num", String(32)))


def create(engine: Engine) -> None:
    """Make the tables of a fresh catalogue; harmless when another process did it meanwhile.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        An empty database.

    Raises
    ------
    CatalogueError
        Kind ``not-a-catalogue`` when the database holds other tables of the same names.
    """
    with _alone(engine) as connection:
        if require_current(connection) == FRESH:
            _migrate(connection)


def upgrade(engine: Engine) -> tuple[str, str]:
    """Bring a catalogue to the newest schema.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        From `cobrex_db.engine.create`.

    Returns
    -------
    tuple of str
        The versions before and after.

    Raises
    ------
    CatalogueError
        Kind ``schema-new`` when the catalogue is newer than this program.
    """
    with _alone(engine) as connection:
        before = current(connection)
        if before not in (FRESH, *VERSIONS):
            raise _too_new(before)
        if before != VERSIONS[-1]:
            _migrate(connection)
        return before, current(connection)


def current(connection: Connection) -> str:
    """Return the version of the schema.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        To any database.

    Returns
    -------
    str
        One of `VERSIONS`, a word of a newer program, or ``FRESH``.

    Raises
    ------
    CatalogueError
        Kind ``not-a-catalogue``.
    """
    look = inspect(connection)
    if not look.has_table("alembic_version"):
        if look.has_table("frame"):
            raise CatalogueError(
                f"{trouble.place(connection.engine.url)} holds tables of another program",
                hint="give the catalogue a database of its own: COBREX_DATABASE_URL",
                kind="not-a-catalogue",
            )
        return FRESH
    return connection.execute(select(_version.c.version_num)).scalar() or FRESH


def require_current(connection: Connection) -> str:
    """Return the version when the program can use it: the newest, or ``FRESH``.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        To the catalogue.

    Returns
    -------
    str

    Raises
    ------
    CatalogueError
        Kinds ``schema-old``, ``schema-new``.
    """
    found = current(connection)
    if found in (FRESH, VERSIONS[-1]):
        return found
    if found in VERSIONS:
        raise CatalogueError(
            f"the catalogue's schema {found} is older than this program's {VERSIONS[-1]}",
            hint="cobrex catalogue upgrade",
            kind="schema-old",
        )
    raise _too_new(found)


def _too_new(found: str) -> CatalogueError:
    return CatalogueError(
        f"the catalogue's schema {found} is newer than this program's {VERSIONS[-1]}",
        hint="upgrade cobrex",
        kind="schema-new",
    )


@contextlib.contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Keep other processes from migrating the same database."""
    with engine.connect() as opened:
        connection = opened.execution_options(cobrex_write=True)
        if engine.dialect.name == "sqlite":
            with connection.begin():
                yield connection
            return
        with _named_lock(connection):
            yield connection
            connection.commit()


@contextlib.contextmanager
def _named_lock(connection: Connection) -> Iterator[None]:
    # DDL commits by itself on MariaDB: only a lock outside the transaction holds
    name = f"cobrex migrate {connection.engine.url.database}"[:64]
    taken = connection.execute(select(func.get_lock(name, _LOCK_S))).scalar()
    if not taken:
        raise CatalogueError(
            "another process is changing the catalogue's schema",
            hint="try again when it has ended",
            kind="database-away",
        )
    try:
        yield
    finally:
        connection.execute(select(func.release_lock(name)))


def _migrate(connection: Connection) -> None:
    # alembic costs 0.2 s and is rarely needed
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
