"""Files written whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cobrex_registry.written import create, replace, umask


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    place = tmp_path / "a"
    replace(place, b"1")
    assert (place.read_bytes(), mode(place)) == (b"1", 0o666 & ~umask())
    replace(place, b"2", 0o640)
    assert (place.read_bytes(), mode(place)) == (b"2", 0o640)
    assert names(tmp_path) == ["a"]


def test_what_cannot_be_replaced_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(OSError):
        replace(tmp_path / "a", b"1")
    assert names(tmp_path) == ["a"]


def test_it_waits_in_the_folder_that_was_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(FileNotFoundError):
        replace(tmp_path / "in" / "a", b"1", beside=tmp_path / "none")
    replace(tmp_path / "in" / "a", b"1", beside=tmp_path)
    assert (tmp_path / "in" / "a").read_bytes() == b"1"
    assert names(tmp_path) == ["in"]


def test_nothing_is_created_over_a_file_or_a_link(tmp_path: Path) -> None:
    create(tmp_path / "a", b"1")
    (tmp_path / "b").symlink_to("nowhere")
    for name in ("a", "b"):
        with pytest.raises(FileExistsError):
            create(tmp_path / name, b"2")
    assert (tmp_path / "a").read_bytes() == b"1"
    assert names(tmp_path) == ["a", "b"]
