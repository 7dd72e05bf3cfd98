"""Which frame a file is: moved, copied, changed, made here; on both databases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from catalogue_rows import Take, count, counts, rows, trust
from fits_files import SCIENCE, write
from sqlalchemy import Engine

from cobrex_db import schema as s
from cobrex_db.content_id import content_id, product_id
from cobrex_db.engine import transact
from cobrex_db.stamped import data_md5

KEY = "k" * 43


def test_again_is_nothing_new(
    take: Take, engine: Engine, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        write(here / f"{number}" / "a.fits", {"ESO X": number})
    take(here)
    assert counts(take(here)) == {"unchanged": 5}
    trust(engine)
    monkeypatch.setattr("cobrex_db.reading.read_head", None)
    assert counts(take(here)) == {"unchanged": 5}
    assert counts(take(here / "3")) == {"unchanged": 1}
    assert counts(take(here / "3" / "a.fits", here / "4" / "a.fits")) == {"unchanged": 2}
    assert count(engine, s.frame) == count(engine, s.file) == 5


def test_young_times_are_not_trusted(take: Take, engine: Engine, here: Path) -> None:
    path = write(here / "a.fits", {"ESO X": 1}, b"1" * 5000)
    take(here)
    stat = path.stat()
    write(path, {"ESO X": 2}, b"2" * 5000)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    # as a coarse clock would have it: nothing shows
    transact(engine, lambda c: c.execute(s.file.update().values(ctime_ns=path.stat().st_ctime_ns)))
    assert counts(take(here)) == {"changed": 1}


def test_a_compressed_copy_is_a_second_file(take: Take, engine: Engine, here: Path) -> None:
    for suffix in ("", ".Z", ".gz"):
        write(here / f"a.fits{suffix}")
    assert counts(take(here)) == {"new": 1, "copied": 2}
    (frame,) = rows(engine, s.frame)
    assert frame.content_id == content_id(here / "a.fits")
    assert {f.compression for f in rows(engine, s.file)} == {"", "Z", "gz"}
    assert {f.frame_id for f in rows(engine, s.file)} == {frame.frame_id}


def test_same_name_and_header_other_pixels(take: Take, engine: Engine, here: Path) -> None:
    for number in range(3):
        write(here / str(number) / "a.fits", SCIENCE, b"x" * 50_000 + bytes([number]))
    assert counts(take(here)) == {"new": 3}
    contents = {content_id(p) for p in here.rglob("*.fits")}
    assert {f.content_id for f in rows(engine, s.frame)} == contents
    write(here / "late" / "a.fits", SCIENCE, b"x" * 50_000 + bytes([1]))
    assert counts(take(here / "late")) == {"copied": 1}


def test_nothing_is_hashed_without_need(
    take: Take, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    monkeypatch.setattr("cobrex_db.importing.content_id", lambda p: hashed.append(p) or "c" * 43)
    for number in range(4):
        write(here / f"{number}.fits", {"ESO X": number})
    take(here)
    assert hashed == []


def test_checksum_hashes_everything(take: Take, engine: Engine, here: Path) -> None:
    path = write(here / "a.fits", data=b"x" * 90_000)
    take(here)
    assert counts(take(here, checksum=True)) == {"unchanged": 1}
    assert rows(engine, s.frame)[0].content_id == content_id(path)
    trust(engine)
    stat = path.stat()
    write(path, data=b"x" * 80_000 + b"y" * 10_000)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert counts(take(here, checksum=True)) == {"changed": 1}


def test_a_moved_file_keeps_its_frame(take: Take, engine: Engine, here: Path) -> None:
    path = write(here / "a.fits")
    take(here)
    (here / "sub").mkdir()
    path.rename(here / "sub" / "b.fits")
    assert counts(take(here)) == {"moved": 1}
    assert [f.path for f in rows(engine, s.file)] == ["sub/b.fits"]
    content = (here / "sub" / "b.fits").read_bytes()
    (here / "sub" / "b.fits").unlink()
    (here / "c.fits").write_bytes(content)
    assert counts(take(here)) == {"moved": 1}
    assert count(engine, s.frame) == 1


def test_a_moved_file_of_known_content_is_compared(take: Take, engine: Engine, here: Path) -> None:
    path = write(here / "a.fits", data=b"x" * 50_000)
    take(here, checksum=True)
    path.unlink()
    write(here / "b.fits", data=b"x" * 49_999 + b"y")
    assert counts(take(here)) == {"new": 1}
    assert count(engine, s.file) == 2


def test_swapped_names(take: Take, engine: Engine, here: Path) -> None:
    one, two = (write(here / f"{n}.fits", {"ESO X": n}) for n in (1, 2))
    take(here)
    before = {f.path: f.frame_id for f in rows(engine, s.file)}
    one.rename(here / "x")
    two.rename(one)
    (here / "x").rename(two)
    assert counts(take(here)) == {"changed": 2}
    after = {f.path: f.frame_id for f in rows(engine, s.file)}
    assert after == {"1.fits": before["2.fits"], "2.fits": before["1.fits"]}
    assert {f.state for f in rows(engine, s.frame)} == {"present"}


@pytest.mark.parametrize("cards", [{**SCIENCE, "ESO X": 2}, SCIENCE], ids=["header", "pixels"])
def test_a_changed_file_is_a_new_frame(
    take: Take, engine: Engine, here: Path, cards: dict[str, Any]
) -> None:
    path = write(here / "a.fits", SCIENCE)
    take(here)
    write(path, cards, b"other pixels" * 1000)
    assert counts(take(here)) == {"changed": 1}
    old, new = sorted(rows(engine, s.frame), key=lambda f: f.frame_id)
    assert (old.state, old.replaced_by_id, new.state) == ("replaced", new.frame_id, "present")
    assert [f.frame_id for f in rows(engine, s.file)] == [new.frame_id]


def test_what_comes_back_is_the_old_frame(take: Take, engine: Engine, here: Path) -> None:
    path = write(here / "a.fits", {"ESO X": 1})
    take(here, checksum=True)
    write(path, {"ESO X": 2})
    take(here)
    write(path, {"ESO X": 1})
    assert counts(take(here)) == {"changed": 1}
    states = {f.frame_id: f.state for f in rows(engine, s.frame)}
    assert sorted(states.values()) == ["present", "replaced"]
    assert states[rows(engine, s.file)[0].frame_id] == "present"


def test_a_touched_file_is_the_same_frame(take: Take, engine: Engine, here: Path) -> None:
    path = write(here / "a.fits")
    take(here)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert counts(take(here)) == {"unchanged": 1}
    assert rows(engine, s.file)[0].mtime_ns == 10**18
    assert count(engine, s.frame) == 1


def test_a_product_made_here_is_known_again(take: Take, engine: Engine, here: Path) -> None:
    def stamp(name: str, n: int, md5: str) -> Path:
        return write(here / name, {"ESO PRO CATG": "IFS_SPECPOS", "COBREX KEY": KEY,
                     "COBREX ROLE": "specpos", "COBREX N": n, "DATAMD5": md5})  # fmt: skip

    md5 = data_md5(stamp("a.fits", 0, "?"))
    stamp("a.fits", 0, md5)
    stamp("b.fits", 1, "0" * 32)
    assert counts(take(here)) == {"new": 2}
    by_path = {
        f.path: f
        for f in rows(engine, s.file.join(s.frame, s.frame.c.frame_id == s.file.c.frame_id))
    }
    made, spoilt = by_path["a.fits"], by_path["b.fits"]
    assert made.content_id == product_id(KEY, "specpos", 0)
    assert (made.product_role, made.product_n, made.kind) == ("specpos", 0, "product")
    assert (spoilt.content_id, spoilt.product_role, spoilt.kind) == (None, None, "product")
    write(
        here / "c.fits",
        {
            "ESO PRO CATG": "IFS_SPECPOS",
            "COBREX KEY": KEY,
            "EXTRA": 1,
            "COBREX ROLE": "specpos",
            "COBREX N": 0,
            "DATAMD5": md5,
        },
    )
    assert counts(take(here / "c.fits")) == {"copied": 1}


def test_a_product_already_catalogued_by_its_process(
    take: Take, engine: Engine, here: Path
) -> None:
    path = write(here / "a.fits", {"ESO PRO CATG": "IFS_SPECPOS"})
    md5 = data_md5(path)
    write(path, {"ESO PRO CATG": "IFS_SPECPOS", "COBREX KEY": KEY, "COBREX ROLE": "r",
                 "COBREX N": 0, "DATAMD5": md5})  # fmt: skip
    take(here)
    transact(engine, lambda c: c.execute(s.frame.update().values(header_id=None)))
    assert counts(take(here)) == {"unchanged": 1}
    assert count(engine, s.frame) == 1
