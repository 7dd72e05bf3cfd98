"""docs/operator.md: its SQL runs as it stands, its settings are those there are."""

from __future__ import annotations

import dataclasses
import re
import socket
import tomllib
from collections.abc import Iterator

import pytest
from fits_files import SCIENCE, write
from sqlalchemy import Engine

from cobrex import instruments, settings, site
from cobrex_db import schema as s
from cobrex_db.engine import open_catalogue, transact
from cobrex_db.importing import import_paths
from cobrex_db.roots import root_paths

PAGE = "docs/operator.md"


@pytest.fixture
def engine(fresh_catalogue_url: str, tmp_path, cobrex_home) -> Iterator[Engine]:
    opened = open_catalogue(fresh_catalogue_url)
    write(tmp_path / "a" / "hr100.fits", SCIENCE)
    import_paths(opened, [tmp_path / "a"], instruments.load(), user="ana", workspace="public")
    yield opened
    opened.dispose()


def statements(house) -> list[str]:
    return re.findall(r"^```sql\n(.*?)^```$", house.text(PAGE), re.M | re.S)


def test_every_statement_runs_and_finds_the_frame(engine, house):
    read = [text for text in statements(house) if not text.startswith("INSERT")]
    assert len(read) == 4
    with engine.connect() as connection:
        counts = [len(connection.exec_driver_sql(text).all()) for text in read]
    assert counts == [0, 1, 1, 1]  # nobody is user 143


def test_a_root_gets_a_path_of_its_own_on_a_host(engine, house, tmp_path):
    (text,) = [text for text in statements(house) if text.startswith("INSERT")]
    here = text.replace("node7", socket.gethostname()).replace("/data/sphere", str(tmp_path / "a"))
    transact(engine, lambda c: c.exec_driver_sql(here))
    with engine.connect() as connection:
        assert [str(path) for path in root_paths(connection).values()] == ["/mnt/sphere"]
        assert connection.scalar(s.frame.select().with_only_columns(s.frame.c.kind)) == "raw"


def test_all_settings_are_documented(house):
    page = house.text(PAGE)
    for field in dataclasses.fields(settings.Settings):
        if field.name == "site":
            continue
        assert f"`COBREX_{field.name.upper()}`" in page
        if field.name != "home":
            assert f"| `{field.name}` |" in page


def test_the_table_of_a_site_is_read_and_has_every_key(house):
    (text,) = [
        t
        for t in re.findall(r"^```toml\n(.*?)^```$", house.text(PAGE), re.M | re.S)
        if t.startswith("[site]")
    ]
    read = site.read_site(tomllib.loads(text)["site"], "cobrex.toml")
    empty = site.Site()
    same = [
        f.name for f in dataclasses.fields(read) if getattr(read, f.name) == getattr(empty, f.name)
    ]
    assert same == []
    section = house.text(PAGE).partition("## What a process may use")[2].partition("\n## ")[0]
    assert all(word in section for word in site.NEEDS)


def test_all_environment_variables_are_documented(house):
    code = "\n".join(p.read_text(encoding="utf-8") for p in (house.root / "src").rglob("*.py"))
    named = set(re.findall(r"\bCOBREX_[A-Z]+(?:_[A-Z]+)*\b", code))
    page = house.text(PAGE)
    assert {name for name in named if f"`{name}`" not in page} == set()
