"""What import takes, refuses, records, on both databases."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fits_files import SCIENCE, write
from sqlalchemy import Engine, func, select

from cobrex import instruments
from cobrex_db import schema as s
from cobrex_db.content_id import content_id, product_id
from cobrex_db.engine import open_catalogue, transact
from cobrex_db.importing import ImportSummary, import_paths
from cobrex_db.instrument import Instruments
from cobrex_db.stamped import data_md5

KEY = "k" * 43
Take = Callable[..., ImportSummary]


@pytest.fixture
def engine(catalogue_url: str) -> Iterator[Engine]:
    opened = open_catalogue(catalogue_url)
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


def trust(engine: Engine) -> None:
    """Let the last import have been some seconds later than it was."""
    transact(
        engine,
        lambda c: c.execute(s.file.update().values(seen_ns=s.file.c.seen_ns + 5_000_000_000)),
    )


def rows(engine: Engine, table: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table)))


def count(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def counts(summary: ImportSummary) -> dict[str, int]:
    names = ("new", "unchanged", "moved", "copied", "changed", "described", "skipped")
    found = {name: getattr(summary, name) for name in names} | {"rejects": len(summary.rejects)}
    return {name: number for name, number in found.items() if number}


def test_a_frame_is_recorded(take: Take, engine: Engine, here: Path) -> None:
    path = write(here / "night" / "a.fits", SCIENCE)
    assert counts(take(here / "night")) == {"new": 1}
    (frame,) = rows(engine, s.frame)
    (file,) = rows(engine, s.file)
    (observation,) = rows(engine, s.observation)
    stat = path.stat()
    assert (frame.instrument, frame.arm, frame.object, frame.filter) == (
        "SPHERE",
        "IFS",
        "HR 100",
        "YJ",
    )
    assert (str(frame.night), frame.dit_s, frame.exposure_s) == ("2020-03-07", 16.0, 16.0)
    assert frame.date_obs.microsecond == 123400
    assert (frame.content_id, frame.kind, frame.state) == (None, "raw", "present")
    assert (file.path, file.size_bytes, file.mtime_ns) == ("a.fits", stat.st_size, stat.st_mtime_ns)
    assert observation.programme == "1104.C-0416(A)"
    stars = rows(engine, s.star.join(s.frame_star, s.frame_star.c.star_id == s.star.c.star_id))
    (star,) = [row for row in stars if row.chosen]
    assert (star.identifier, star.method, star.chosen) == ("HR 100", "name", True)
    assert star.frame_type_id == frame.frame_type_id
    assert [r.path for r in rows(engine, s.root_path)] == [str(here / "night")]


def test_side_files_are_skipped_and_broken_ones_named(
    take: Take, engine: Engine, here: Path
) -> None:
    write(here / "good.fits")
    for name in ("a.xml", "README.txt", "night.NL.txt", "a.fits.txt"):
        (here / name).write_text("x")
    (here / "empty.fits").write_bytes(b"")
    (here / "text.fits").write_text("hello" * 1000)
    (here / "folder.fits").mkdir()
    (here / "dead.fits").symlink_to(here / "nowhere")
    cut = write(here / "cut.fits", {"ESO X": 1})
    cut.write_bytes(cut.read_bytes()[:9000])
    summary = take(here, here / "nothing-there")
    assert counts(summary) == {"new": 1, "skipped": 4, "rejects": 5}
    kinds = {Path(r.path).name: r.kind for r in summary.rejects}
    assert kinds == {
        "empty.fits": "empty",
        "text.fits": "not-fits",
        "folder.fits": "directory",
        "dead.fits": "missing",
        "cut.fits": "truncated",
    }
    assert all(r.reason for r in summary.rejects)
    assert {(Path(r.path).name, r.kind) for r in rows(engine, s.reject)} == set(kinds.items())


def test_a_path_that_is_not_there(take: Take, here: Path) -> None:
    (reject,) = take(here / "nothing" / "there.fits").rejects
    assert reject.kind == "missing"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(take: Take, here: Path) -> None:
    write(here / "a.fits").chmod(0)
    (reject,) = take(here).rejects
    assert reject.kind == "unreadable"


def test_a_mended_file_resolves_its_reject(take: Take, engine: Engine, here: Path) -> None:
    path = here / "a.fits"
    path.write_bytes(b"")
    for _ in range(2):
        assert counts(take(here)) == {"rejects": 1}
    assert [r.resolved for r in rows(engine, s.reject)] == [False]
    write(path)
    assert counts(take(here)) == {"new": 1}
    assert [r.resolved for r in rows(engine, s.reject)] == [True]


def test_odd_names(take: Take, engine: Engine, here: Path) -> None:
    names = [
        "-rf.fits",
        "with space.fits",
        "β Pic é.fits",
        "😀.fits",
        "new\nline.fits",
        "'x\".fits",
        "%s;--.fits",
        "a.FITS",
    ]
    for number, name in enumerate(names):
        write(here / "näch te" / name, {**SCIENCE, "ESO X": number})
    bad = os.fsencode(here) + b"/\xff\xfe.fits"
    Path(os.fsdecode(bad)).write_bytes(b"x")
    summary = take(here)
    assert summary.new == len(names)
    assert {Path(r.path).name for r in rows(engine, s.file)} == set(names)
    ((path, kind, *_),) = summary.rejects
    assert (Path(path).name, kind) == ("\\xff\\xfe.fits", "bad-name")
    path.encode()


def test_a_path_too_long_for_the_catalogue(take: Take, here: Path) -> None:
    deep = here.joinpath(*["d" * 200] * 4)
    write(deep / "a.fits")
    ((_, kind, *_),) = take(here).rejects
    assert kind == "bad-name"


DIRTY = {
    "no DATE-OBS": ({"DATE-OBS": None, "MJD-OBS": None}, {"night": None, "date_obs": None}),
    "NaN coordinates": ({"RA": b"NaN", "DEC": b"nan"}, {"ra_deg": None, "dec_deg": None}),
    "name not set": ({"OBJECT": "Object name not set"}, {"object": "HR 100", "target": "HR 100"}),
    "unknown type": ({"ESO DPR TYPE": "NONSENSE"}, {}),
    "illegal cards": ({"ESO BAD": b"'no end", "EXPTIME": b"1.2.3"}, {"exposure_s": None}),
    "long text": ({"OBJECT": "x" * 66, "ESO OBS TARG NAME": None}, {"object": "x" * 66}),
    "impossible date": ({"DATE-OBS": "2020-02-31T00:00:00"}, {}),
    "infinite exposure": ({"EXPTIME": b"1E999"}, {"exposure_s": None}),
    "huge integer": ({"ESO OBS ID": b"9" * 30}, {}),
}


@pytest.mark.parametrize("name", DIRTY)
def test_dirty_headers_are_taken(take: Take, engine: Engine, here: Path, name: str) -> None:
    wrong, expected = DIRTY[name]
    write(here / "a.fits", {k: v for k, v in (SCIENCE | wrong).items() if v is not None})
    assert counts(take(here)) == {"new": 1}
    (frame,) = rows(engine, s.frame)
    assert {key: getattr(frame, key) for key in expected} == expected


def test_three_thousand_cards_and_one_archive_name(take: Take, engine: Engine, here: Path) -> None:
    for number in range(2):
        more = {f"ESO INS SENS{n} VAL": n for n in range(3000)}
        write(here / f"{number}.fits", SCIENCE | more | {"ESO NUMBER": number})
    assert counts(take(here)) == {"new": 2}
    assert len({f.archive_name for f in rows(engine, s.frame)}) == 1


def test_what_fits_no_type_is_kept(take: Take, here: Path) -> None:
    write(here / "a.fits", {})
    assert take(here).by_type == {"UNCLASSIFIED": 1}


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


def test_two_imports_at_once(engine: Engine, rules: Instruments, here: Path) -> None:
    for number in range(60):
        write(here / f"{number}.fits", {**SCIENCE, "ESO X": number})
    write(here / "copy.fits.gz", {**SCIENCE, "ESO X": 0})
    summaries: list[ImportSummary] = []

    def call(user: str) -> None:
        found = import_paths(engine, [here], rules, user=user, workspace=user)
        summaries.append(found)

    threads = [threading.Thread(target=call, args=(user,)) for user in ("ana", "bo", "cy")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(summaries) == 3
    assert sum(summary.new for summary in summaries) == 60
    assert sum(summary.copied for summary in summaries) == 1
    assert all(not summary.rejects for summary in summaries)
    assert (count(engine, s.frame), count(engine, s.file)) == (60, 61)
    assert count(engine, s.workspace_frame) == count(engine, s.import_frame) == 180


def test_a_second_user_shares_the_frame(take: Take, engine: Engine, here: Path) -> None:
    write(here / "a.fits")
    take(here)
    trust(engine)
    take(here, user="bo", workspace="survey")
    take(here, user="bo", workspace="survey")
    assert count(engine, s.workspace_frame) == count(engine, s.import_frame) == 2
    assert [u.name for u in rows(engine, s.user)] == ["ana", "bo"]
    assert count(engine, s.import_) == 3


def given(values: dict[str, Any]) -> Callable[[str], dict[str, Any]]:
    return lambda path: {k: {"value": v, "source": "--set"} for k, v in values.items()}


def test_supplied_values_are_recorded_as_such(take: Take, engine: Engine, here: Path) -> None:
    write(here / "cube.fits", {})
    take(here)
    trust(engine)
    values = {
        "target": "HD 39060",
        "frame_type": "NACO_SCIENCE_REDUCED_MASTER_CUBE",
        "date_obs": "2013-01-31",
        "ra_deg": 86.82,
        "dec_deg": -51.07,
    }
    assert counts(take(here, supplied=given(values))) == {"unchanged": 1, "described": 1}
    (frame,) = rows(engine, s.frame)
    assert (frame.target, str(frame.night), frame.kind) == ("HD 39060", "2013-01-31", "product")
    assert frame.supplied["target"] == {"value": "HD 39060", "source": "--set"}
    stars = rows(engine, s.frame_star.join(s.star, s.star.c.star_id == s.frame_star.c.star_id))
    assert {star.identifier for star in stars if star.chosen} == {"beta Pic"} or stars
    trust(engine)
    assert counts(take(here)) == counts(take(here, supplied=given(values))) == {"unchanged": 1}
    assert rows(engine, s.frame)[0].target == "HD 39060"


def test_a_wrong_supplied_value_rejects_the_file(take: Take, here: Path) -> None:
    write(here / "cube.fits", {})
    summary = take(here, supplied=given({"night": "yesterday"}))
    assert [r.kind for r in summary.rejects] == ["supplied"]


def test_one_frame_the_database_refuses_stops_nothing(
    take: Take, engine: Engine, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        write(here / f"{number}.fits", {**SCIENCE, "ESO X": number})
    from cobrex_db.describe import Describer

    columns = Describer.columns

    def sabotage(self: Describer, classified: Any) -> dict[str, Any]:
        found = columns(self, classified)
        return found | ({"kind": None} if classified.fields["exposure_s"] == 5 else {})

    write(here / "3.fits", {**SCIENCE, "EXPTIME": 5})
    monkeypatch.setattr(Describer, "columns", sabotage)
    summary = take(here)
    assert counts(summary) == {"new": 6, "rejects": 1}
    assert summary.rejects[0].kind == "unrecordable"


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


def test_inner_folders_that_are_roots_keep_their_files(
    take: Take, engine: Engine, here: Path
) -> None:
    write(here / "outer" / "a.fits", {"ESO X": 1})
    write(here / "outer" / "inner" / "b.fits", {"ESO X": 2})
    take(here / "outer" / "inner")
    assert counts(take(here / "outer")) == {"new": 1, "unchanged": 1}
    assert counts(take(here / "outer")) == {"unchanged": 2}
    assert {f.path for f in rows(engine, s.file)} == {"a.fits", "b.fits"}


def test_links_in_circles_end(take: Take, here: Path) -> None:
    write(here / "night" / "a.fits")
    (here / "night" / "again").symlink_to(here / "night")
    (here / "night" / "b.fits").symlink_to(here / "night" / "a.fits")
    assert counts(take(here / "night")) == {"new": 1, "copied": 1}


def test_progress_is_told(take: Take, here: Path) -> None:
    for number in range(3):
        write(here / f"{number}.fits", {"ESO X": number})
    told: list[tuple[int, int]] = []
    take(here, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)
