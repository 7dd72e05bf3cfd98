"""An open catalogue for the tests of stars."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from cobrex_db.engine import open_catalogue


@pytest.fixture
def engine(catalogue_url: str) -> Iterator[Engine]:
    """A fresh catalogue, on each database in turn."""
    opened = open_catalogue(catalogue_url)
    yield opened
    opened.dispose()
