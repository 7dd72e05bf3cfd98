"""Links that somebody laid into the store: cleaning never follows them out of it."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cobrex import settings as places
from cobrex.errors import UsageError
from cobrex.settings import Settings
from cobrex.upkeep import leftovers, order, sweep, trash
from cobrex_db.engine import open_catalogue

SCRATCH = order.Order(("scratch",), datetime(2026, 1, 1))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Somebody's folder outside the store, its files old."""
    folder = tmp_path / "elsewhere"
    (folder / "work").mkdir(parents=True)
    (folder / "work" / "precious.fits").write_text("x")
    for path in (folder / "work" / "precious.fits", folder / "work"):
        os.utime(path, (1e9, 1e9))
    return folder


def is_whole(folder: Path) -> bool:
    return [p.name for p in folder.rglob("*")] == ["work", "precious.fits"]


@pytest.fixture
def settings(cobrex_home: Path) -> Settings:
    found = places.load()
    for area in (found.processes, found.batches):
        area.mkdir(parents=True)
    return found


@pytest.fixture
def engine(settings: Settings) -> Engine:
    return open_catalogue(settings.database_url)


def test_a_trash_that_is_a_link_is_refused(
    elsewhere: Path, settings: Settings, engine: Engine
) -> None:
    for area in (settings.processes, settings.batches):
        (area / trash.FOLDER).symlink_to(elsewhere)
        for attempt in (
            lambda: list(sweep.clean(engine, settings, sweep.Found(), SCRATCH)),
            lambda a=area: trash.throw([a / "any"], a),
        ):
            with pytest.raises(UsageError) as caught:
                attempt()
            assert caught.value.kind == "trash"
        assert is_whole(elsewhere)
        (area / trash.FOLDER).unlink()


def test_scratch_folders_are_not_looked_for_behind_a_link(
    elsewhere: Path, settings: Settings, engine: Engine
) -> None:
    (settings.processes / ".scratch").symlink_to(elsewhere)
    assert not list(leftovers.scratch(engine, settings, SCRATCH))
