"""What somebody laid into a spool: it is not waited for, and not believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cobrex.process.spool import Spool

KEY = "a" * 43


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    found = Spool(tmp_path)
    found.clear()
    return found


def test_a_pipe_is_not_waited_for(spool: Spool) -> None:
    os.mkfifo(spool.batch / "stop")
    os.mkfifo(spool.folder / f"{KEY}.started")
    assert spool.stopped() == ""
    assert spool.started(KEY) is None
    spool.stop("now")
    assert spool.stopped() == "now"


def test_a_link_is_not_followed(spool: Spool) -> None:
    (spool.batch / "elsewhere").write_text("now")
    (spool.batch / "stop").symlink_to("elsewhere")
    assert spool.stopped() == ""


def test_a_folder_in_the_place_of_a_word_goes(spool: Spool) -> None:
    for path in (
        spool.folder / f"{KEY}.started",
        spool.folder / f"{KEY}.ended",
        spool.batch / "stop",
    ):
        (path / "deep").mkdir(parents=True)
    spool.start(KEY, 1)
    assert spool.started(KEY) is not None
    assert spool.look() == ([KEY], [KEY])
    spool.stop("now")
    assert spool.stopped() == "now"
    spool.forget([KEY])
    assert spool.look() == ([], [])
    for path in (spool.folder / f"{KEY}.started", spool.batch / "other"):
        (path / "deep").mkdir(parents=True)
    (spool.folder / "link").symlink_to(spool.batch / "other")
    spool.clear()
    assert list(spool.folder.iterdir()) == []
    assert (spool.batch / "other" / "deep").is_dir()


@pytest.mark.parametrize(
    "said", ['{"chunk":1e400,"job":"","host":"h","pid":1,"at":""}', "[" * 4096, "\x00", "{}"]
)
def test_a_beginning_that_is_none_is_not_believed(spool: Spool, said: str) -> None:
    (spool.folder / f"{KEY}.started").write_text(said)
    assert spool.started(KEY) is None
