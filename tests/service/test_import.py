"""What import takes, refuses, records, on both databases."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from catalogue_rows import Take, count, counts, rows, trust
from fits_files import SCIENCE, write
from sqlalchemy import Engine

from cobrex_db import schema as s
from cobrex_db.importing import ImportSummary, import_paths
from cobrex_db.instrument import Instruments


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
