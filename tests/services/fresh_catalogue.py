"""Fresh catalogues: copies of one that was made once in a process."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy

from cobrex_db.engine import open_catalogue
from cobrex_db.schema import VIEWS

_TEMPLATE = "cobrex_template"


def copy_sqlite(file: Path) -> None:
    """Copy it to a file that is not there yet."""
    once = Path.home() / "fresh.sqlite"  # tests have a home of their own, one a process
    if not once.exists():
        partial = once.with_suffix(".partial")
        open_catalogue(f"sqlite:///{partial}").dispose()
        partial.rename(once)
    shutil.copyfile(once, file)


def copy_mariadb(url: str) -> None:
    """Copy it into a database that is empty."""
    once = sqlalchemy.make_url(url).set(database=_TEMPLATE)
    with _asking(url) as ask:
        for statement in _statements(once.render_as_string(hide_password=False)):
            ask(statement)


@cache
def _statements(once: str) -> list[str]:
    server = sqlalchemy.make_url(once).set(database="")
    with _asking(server.render_as_string(hide_password=False)) as ask:
        ask(f"CREATE DATABASE {_TEMPLATE} CHARACTER SET latin1")
        open_catalogue(once).dispose()
        tables = [n for n, kind in ask(f"SHOW FULL TABLES IN {_TEMPLATE}") if kind == "BASE TABLE"]
        definitions = [ask(f"SHOW CREATE TABLE {_TEMPLATE}.`{name}`")[0][1] for name in tables]
        filled = [name for name in tables if ask(f"SELECT 1 FROM {_TEMPLATE}.`{name}` LIMIT 1")]
    return [
        "SET foreign_key_checks = 0",
        *definitions,
        *(f"INSERT INTO `{name}` SELECT * FROM {_TEMPLATE}.`{name}`" for name in filled),
        *(f"CREATE VIEW {view} AS {body}" for view, body in VIEWS.items()),
    ]


@contextmanager
def _asking(url: str) -> Iterator[Callable[[str], Sequence[Any]]]:
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:

            def ask(statement: str) -> Sequence[Any]:
                # a definition may hold a percent sign
                answer = connection.exec_driver_sql(statement.replace("%", "%%"))
                return answer.fetchall() if answer.returns_rows else []

            yield ask
    finally:
        engine.dispose()
