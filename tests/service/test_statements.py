"""The statements that users of the data centre type, verbatim."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fits_files import SCIENCE, write
from sqlalchemy import Engine

from cobrex import instruments
from cobrex_db import schema as s
from cobrex_db.engine import open_catalogue, transact
from cobrex_db.importing import import_paths
from cobrex_db.people import utc_now

MINE = "SELECT * FROM raw_data where user_id=143;"
STAR = (
    "select rdf.raw_data_id from raw_data_file rdf join file_star fs join star s "
    "on fs.file_id=rdf.file_id where s.identifier='HR 100';"
)


@pytest.fixture
def engine(fresh_catalogue_url: str, tmp_path: Path) -> Iterator[Engine]:
    opened = open_catalogue(fresh_catalogue_url)
    transact(opened, lambda c: c.execute(
        s.user.insert().values(user_id=143, name="ana", created=utc_now())))  # fmt: skip
    beta = {"OBJECT": "beta Pic", "ESO OBS TARG NAME": "beta Pic", "RA": 86.8212, "DEC": -51.0665}
    write(tmp_path / "a" / "hr100.fits", SCIENCE)
    write(tmp_path / "a" / "betapic.fits", SCIENCE | beta)
    write(tmp_path / "b" / "other.fits", {"OBJECT": "LAMP"})
    rules = instruments.load()
    for folder, user in (("a", "ana"), ("b", "bo")):
        import_paths(opened, [tmp_path / folder], rules, user=user, workspace="public")
    yield opened
    opened.dispose()


def test_the_frames_of_a_user(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(MINE).all()
    assert {row.target for row in rows} == {"HR 100", "beta Pic"}
    assert {row.user_id for row in rows} == {143}


def test_the_frames_of_a_star(engine: Engine) -> None:
    with engine.connect() as connection:
        every = set(connection.exec_driver_sql(STAR).scalars())
        joined = STAR.replace(";", " and s.star_id = fs.star_id;")
        (one,) = connection.exec_driver_sql(joined).scalars()
        targets = connection.exec_driver_sql("SELECT raw_data_id, target FROM raw_data").all()
    # the condition between star and file is missing: every frame that has a star
    assert len(every) == 2
    assert {row.raw_data_id: row.target for row in targets}[one] == "HR 100"
