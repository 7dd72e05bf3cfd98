"""Links and pipes that somebody laid into the store, folders nobody should export to."""

from __future__ import annotations

import json
import os
import socket
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cobrex import settings as places
from cobrex.batch import orphans
from cobrex.errors import UsageError
from cobrex.settings import Settings
from cobrex.upkeep import attempts, export, leftovers, order, sweep, trash
from cobrex_db.engine import open_catalogue
from cobrex_db.errors import CatalogueError
from cobrex_db.exports import Product

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
    dead = elsewhere / f"{socket.gethostname()}.4194305.x"  # no such process can be
    dead.mkdir()
    orphans.clear_scratch(settings)
    assert dead.is_dir()
    assert not list(leftovers.scratch(engine, settings, SCRATCH))


def test_nothing_is_exported_into_the_store_or_where_no_name_fits(
    tmp_path: Path, settings: Settings, engine: Engine
) -> None:
    (tmp_path / "link").symlink_to(settings.batches)
    for folder in (settings.processes / "x", tmp_path / "link" / "x", tmp_path / ("e" * 240)):
        with pytest.raises(UsageError) as caught:
            export.export(engine, settings, [], folder)
        assert caught.value.kind == "export-folder"
        assert not folder.exists()


def test_a_pipe_in_place_of_a_product_is_not_waited_for(tmp_path: Path, settings: Settings) -> None:
    place = settings.processes / "main" / "toy"
    place.mkdir(parents=True)
    told = {"generated": [{"file": "out.fits", "sha256": "A" * 43}]}
    (place / "record.json").write_text(json.dumps(told))
    os.mkfifo(place / "out.fits")
    product = Product(**{
        **dict.fromkeys(Product._fields, ""), "file": "out.fits", "folder": "processes/main/toy"
    })  # fmt: skip
    with pytest.raises(CatalogueError) as caught:
        export._one(settings, product, tmp_path, "out.fits", link=False)
    assert caught.value.kind == "product-gone"


@pytest.mark.parametrize("said", ["[]", '{"attempts": 5}', '{"attempts": [{}], "moment": 1}', "{"])
def test_a_journal_that_is_none_takes_nothing_away(
    settings: Settings, engine: Engine, said: str
) -> None:
    with trash.alone(settings.processes) as place:
        os.mkfifo(place / "pipe.json")
        (place / "a.json").write_text(said)
        assert attempts.finish(engine, settings, place) == 0
        assert not list(place.glob("*.json"))
