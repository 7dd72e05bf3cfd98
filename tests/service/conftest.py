"""An import on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalogue_rows import Take
from sqlalchemy import Engine

from cobrex import instruments
from cobrex_db.engine import open_catalogue
from cobrex_db.importing import ImportSummary, import_paths
from cobrex_db.instrument import Instruments


@pytest.fixture
def engine(fresh_catalogue_url: str) -> Iterator[Engine]:
    opened = open_catalogue(fresh_catalogue_url)
    yield opened
    opened.dispose()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def rules() -> Instruments:
    return instruments.load()


@pytest.fixture
def take(engine: Engine, rules: Instruments) -> Take:
    def call(*paths: Path, **more: Any) -> ImportSummary:
        return import_paths(engine, paths, rules, **{"user": "ana", "workspace": "public", **more})

    return call
