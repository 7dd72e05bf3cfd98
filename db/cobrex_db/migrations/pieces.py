"""What migrations are made of; a change here changes them all: only add."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
DIGEST = sa.String(43).with_variant(
    mysql.CHAR(43, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)
_OPTIONS: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mysql_engine": "InnoDB",
}


def name(length: int) -> Any:
    """Return the type of text that is compared byte by byte."""
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
    )


def table(title: str, *columns: Any) -> None:
    """Make a table that is not there yet: on MariaDB a migration that was killed leaves some."""
    if not sa.inspect(op.get_bind()).has_table(title):
        op.create_table(title, *columns, **_OPTIONS)


def column(of: str, added: Any) -> None:
    """Add a column that is not there yet."""
    if added.name not in {c["name"] for c in sa.inspect(op.get_bind()).get_columns(of)}:
        op.add_column(of, added)


def index(title: str, of: str, columns: list[str]) -> None:
    """Make an index that is not there yet."""
    if title not in {i["name"] for i in sa.inspect(op.get_bind()).get_indexes(of)}:
        op.create_index(title, of, columns)
