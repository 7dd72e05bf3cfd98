"""The databases the tests start."""

from __future__ import annotations

import sqlalchemy


def test_a_database_answers(catalogue_url: str) -> None:
    engine = sqlalchemy.create_engine(catalogue_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()
