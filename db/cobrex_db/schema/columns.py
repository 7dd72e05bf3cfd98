"""Column types that mean the same on SQLite and MariaDB/MySQL."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, DateTime, Double, Integer, MetaData, String, Table
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MYSQL_OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}

# SQLite only autoincrements INTEGER PRIMARY KEY
Identity64 = BigInteger().with_variant(Integer(), "sqlite")
# MariaDB drops microseconds unless told
Timestamp = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
Number = Double
# nothing is NULL, not the JSON text null
Json = JSON(none_as_null=True)


def name(length: int = 190) -> TypeEngine[str]:
    """Return a text type compared byte by byte (default MariaDB collations make 'A' equal 'a')."""
    return String(length).with_variant(
        mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
    )


def digest() -> TypeEngine[str]:
    """Return the type of a base64url sha256: 43 characters."""
    return String(43).with_variant(
        mysql.CHAR(43, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def table(table_name: str, *columns: object, comment: str) -> Table:
    """Return a table with the project's storage options."""
    return Table(table_name, metadata, *columns, comment=comment, **MYSQL_OPTIONS)  # type: ignore[arg-type]


def key(table_name: str) -> Column[int]:
    """Return the primary key ``<table>_id``."""
    return Column(f"{table_name}_id", Identity64, primary_key=True, autoincrement=True)
