from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import partial
from math import radians
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.schema import alias, frame_star, star
from cobrex_db.stars.catalogue_files import recognise
from cobrex_db.stars.catalogues import Imported, import_catalogues
from cobrex_db.stars.lookup import Star, find_stars, resolve
from cobrex_db.stars.merge import merge_stars
from cobrex_db.stars.register import Entry, add_star
from cobrex_db.stars.rematch import rematch
from cobrex_db.stars.seeds import read_seeds

AddFrame = Callable[..., int]
SEEDS = len(read_seeds())

# an invented sky: numbers no catalogue has given
CROSS_ID = """\
# HIP\t\tSAO\tHD\tHR
900001\t\t300001\t400001\t9901
900002\t\t300002\t400002\t
900003\t\t\t\t
"""
PAIR = """\
900010\tA\t300010\t400010\t9910
900010\tB\t300011\t400011\t9911
900010\t\t300010\t400010\t9910
"""
MOTION = "# HIP\tpmRA\tpmDE\n900001\t100.00\t-50.00\n900003\t1.00\t2.00\n"
NAMES = "900001|ε_Pic\n900001|77_Pic\n900003|HDS_9\n900003|A_1127\n900010|γ1_Hyi\n900010|γ2_Hyi\n"


def _hip2(hip: int, ra: float, dec: float, pm_ra: float = 0.0, pm_dec: float = 0.0) -> str:
    place = f"{radians(ra):13.10f} {radians(dec):13.10f}"
    line = f"{hip:6d}   5 0 1 {place} {10.0:7.2f} {pm_ra:8.2f} {pm_dec:8.2f}"
    return f"{line:<276}\n"


def _bsc5(
    hr: int, name: str, hd: int, ra: str, dec: str, *, survey: str = "", variable: str = ""
) -> str:
    """`ra` and `dec` as hhmmss.s and +ddmmss."""
    line = (
        f"{hr:4d}{name:<10}{survey:<11}{hd:6d}{'':14}{'':6}{variable:<9}{ra}{dec}{ra}{dec}{'':12}"
    )
    return f"{line:<102} 5.50{'':41}+0.100-0.050{'':36}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Catalogues that tell of the same few stars."""
    made = tmp_path / "catalogues"
    made.mkdir()
    (made / "cross-id.dat").write_text(CROSS_ID + PAIR)
    (made / "hip_pm.dat").write_text(MOTION)
    (made / "name.fab").write_text(NAMES, encoding="utf-8")
    hip2 = (_hip2(900001, 75.0, -30.0, 100.0, -50.0), _hip2(900002, 76.0, 89.9999, 3000.0, 0.0),
            _hip2(900010, 30.0, -60.0))  # fmt: skip
    (made / "hip2.dat.gz").write_bytes(gzip.compress("".join(hip2).encode()))
    bright = (_bsc5(9901, "77Eps Pic", 400001, "050000.0", "-300000", survey="CD-30 1234",
                    variable="R Pic"),
              _bsc5(9910, "   Gam1Hyi", 400010, "020000.0", "-600000"),
              _bsc5(9911, "   Gam2Hyi", 400011, "020001.0", "-600003"),
              f"{9999:4d}NOVA 1572 {'':183}\n")  # fmt: skip
    (made / "bsc5.dat.gz").write_bytes(gzip.compress("".join(bright).encode()))
    (made / "README").write_text("nothing of a catalogue\n")
    return made


def _resolve(engine: Engine, name: str) -> Star:
    with engine.connect() as connection:
        return resolve(connection, name)


def _counts(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        stars = connection.execute(select(func.count()).select_from(star)).scalar_one()
        names = connection.execute(select(func.count()).select_from(alias)).scalar_one()
    return stars, names


def test_catalogues_become_one_star_each(engine: Engine, folder: Path) -> None:
    steps: list[tuple[int, int]] = []
    done = import_catalogues(engine, [folder], lambda d, t: steps.append((d, t)))
    assert done.files == {"bsc5.dat.gz": 3, "cross-id.dat": 6, "hip2.dat.gz": 3, "hip_pm.dat": 2,
                          "name.fab": 6}  # fmt: skip
    assert (done.stars, done.written.added, done.written.updated) == (5, 5, 0)
    assert steps[-1][0] == steps[-1][1] == done.written.names
    found = _resolve(engine, "HIP 900001")
    assert found.identifier == "HR 9901"
    assert {"77 Pic", "HR 9901", "HD 400001", "HIP 900001", "SAO 300001", "R Pic"} <= set(
        found.aliases
    )
    for name in ("ε Pic", "eps Pic", "77 Pictoris", "CD-30 1234", "V* R Pic", "hd400001"):
        assert _resolve(engine, name).star_id == found.star_id
    assert (found.magnitude_v, found.parallax_mas, found.source) == (5.5, 10.0, "hip2")


def test_positions_are_carried_from_1991_to_2000(engine: Engine, folder: Path) -> None:
    import_catalogues(engine, [folder])
    found = _resolve(engine, "HR 9901")
    assert found.dec_deg == pytest.approx(-30.0 - 8.75 * 0.05 / 3600, abs=1e-8)
    assert found.ra_deg == pytest.approx(75.0 + 8.75 * 0.1 / 3600 / 0.8660254, abs=1e-7)
    polar = _resolve(engine, "HD 400002")
    assert polar.dec_deg is not None and 89.98 < polar.dec_deg < 90


def test_components_are_stars_and_the_bare_number_is_the_first(
    engine: Engine, folder: Path
) -> None:
    import_catalogues(engine, [folder])
    first, second = _resolve(engine, "HIP 900010"), _resolve(engine, "HIP 900010B")
    assert (first.identifier, second.identifier) == ("HR 9910", "HR 9911")
    assert _resolve(engine, "HIP 900010 A").star_id == first.star_id
    assert _resolve(engine, "gam1 Hyi").star_id == first.star_id
    assert _resolve(engine, "γ2 Hyi").star_id == second.star_id
    assert second.ra_deg == pytest.approx(30 + 15 / 3600)
    assert second.source == "bsc5"


def test_weak_names_and_vanished_stars_are_left_out(engine: Engine, folder: Path) -> None:
    import_catalogues(engine, [folder])
    with engine.connect() as connection:
        assert find_stars(connection, "A 1127") == []
        assert find_stars(connection, "HR 9999") == []
        assert [s.identifier for s in find_stars(connection, "HDS 9")] == ["HIP 900003"]


def test_again_is_a_no_op(engine: Engine, folder: Path) -> None:
    import_catalogues(engine, [folder])
    before = _counts(engine)
    again = import_catalogues(engine, [folder, folder / "hip_pm.dat"]).written
    assert (again.added, again.updated, again.joined, again.names) == (0, 0, 0, 0)
    assert _counts(engine) == before


def test_one_by_one_comes_to_the_same(engine: Engine, folder: Path) -> None:
    for name in ("hip2.dat.gz", "name.fab", "hip_pm.dat", "cross-id.dat", "bsc5.dat.gz"):
        import_catalogues(engine, [folder / name])
    found = _resolve(engine, "77 Pic")
    assert (found.identifier, found.source, found.pm_ra_masyr) == ("HR 9901", "hip2", 100.0)
    assert found.magnitude_v == 5.5
    assert _counts(engine)[0] == SEEDS + 5


def test_seeds_and_catalogue_are_one(engine: Engine, tmp_path: Path) -> None:
    more = tmp_path / "cross-id.dat"
    more.write_text("2072\t\t215092\t2262\t100\n")
    done = import_catalogues(engine, [more]).written
    assert (done.added, done.updated) == (0, 0)
    assert _resolve(engine, "kap Phe").source == "hip2"


def test_a_star_of_headers_keeps_its_number_and_frames(
    engine: Engine, folder: Path, add_frame: AddFrame
) -> None:
    frame_id = add_frame("HD_400001", 75.0, -30.0)
    rematch(engine, lambda *_: 5.0)
    made = _resolve(engine, "HD 400001")
    assert made.source == "header"
    done = import_catalogues(engine, [folder]).written
    assert (done.added, done.updated) == (4, 1)
    found = _resolve(engine, "eps Pic")
    assert (found.star_id, found.identifier, found.source) == (made.star_id, "HR 9901", "hip2")
    with engine.connect() as connection:
        assert connection.execute(select(frame_star.c.frame_id).distinct()).scalars().all() == [
            frame_id
        ]


def test_two_stars_of_headers_become_one(engine: Engine, folder: Path, add_frame: AddFrame) -> None:
    add_frame("HD 400001", 75.0, -30.0)
    add_frame("HIP 900001", 75.1, -30.0)
    rematch(engine, lambda *_: 5.0)
    assert _resolve(engine, "HD 400001").star_id != _resolve(engine, "HIP 900001").star_id
    done = import_catalogues(engine, [folder]).written
    assert (done.joined, done.updated) == (1, 1)
    found = _resolve(engine, "HD 400001")
    assert _resolve(engine, "HIP 900001") == found
    with engine.connect() as connection:
        chosen = connection.execute(select(frame_star).where(frame_star.c.chosen)).all()
    assert [row.star_id for row in chosen] == [found.star_id, found.star_id]


def test_joined_stars_leave_one_chosen_row_a_frame(engine: Engine, add_frame: AddFrame) -> None:
    one, two = (
        transact(engine, partial(add_star, entry=Entry(n, 9.0, 9.0, *[None] * 4, "x", ("pair",))))
        for n in ("left", "right")
    )
    add_frame("pair", 9.0, 9.0)
    rematch(engine, lambda *_: 5.0)
    transact(engine, lambda c: merge_stars(c, two, one))
    with engine.connect() as connection:
        rows = connection.execute(select(frame_star).order_by(frame_star.c.method)).all()
        assert [(r.star_id, r.method, r.chosen) for r in rows] == [
            (two, "name", True), (two, "position", False)
        ]  # fmt: skip
        assert {
            s.star_id for n in ("left", "right", "pair") for s in find_stars(connection, n)
        } == {two}


def test_a_number_at_another_position_is_not_believed(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "cross-id.dat").write_text("900001\t\t300001\t400001\t9901\n")
    (tmp_path / "hip2.dat").write_text(_hip2(900001, 200.0, 40.0))
    (tmp_path / "bsc5.dat").write_text(_bsc5(9901, "", 400001, "050000.0", "-300000"))
    done = import_catalogues(engine, [tmp_path])
    assert done.contradictions == ["HIP 900001 is not HR 9901"]
    assert _resolve(engine, "HD 400001").ra_deg == pytest.approx(75.0)
    assert _resolve(engine, "HIP 900001").ra_deg == pytest.approx(200.0)


def test_stars_that_share_a_number_are_told_apart(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "cross-id.dat").write_text("900001\t\t\t400001\t9901\n900002\t\t\t400001\t9901\n")
    import_catalogues(engine, [tmp_path / "cross-id.dat"])
    with engine.connect() as connection:
        found = find_stars(connection, "HR 9901")
    assert [s.identifier for s in found] == ["HIP 900001", "HIP 900002"]


def test_other_files_are_refused(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    for content in (b"", b"\n", b"hello\n", b"\x89PNG\r\n\x1a\n\xff\xfe", b"1\t2\n"):
        path.write_bytes(content)
        assert recognise(path) is None
        for asked in (path, tmp_path):
            with pytest.raises(CatalogueError) as caught:
                import_catalogues(engine, [asked])
            assert caught.value.kind == "unknown-catalogue"
            assert str(asked) in caught.value.message


def test_nothing_is_imported_of_a_broken_file(engine: Engine, folder: Path) -> None:
    with (folder / "name.fab").open("a") as stream:
        stream.write("this is no name\n")
    with pytest.raises(CatalogueError, match=r"name\.fab: line 7") as caught:
        import_catalogues(engine, [folder])
    assert caught.value.kind == "catalogue-file"
    assert _counts(engine) == (0, 0)


def test_a_cut_gzip_and_a_missing_file(engine: Engine, folder: Path) -> None:
    lines = [_hip2(900001 + n, 1.0 + n / 7, 2.0 + n / 11) for n in range(500)]
    whole = gzip.compress("".join(lines).encode())
    (folder / "hip2.dat.gz").write_bytes(whole[: len(whole) * 3 // 4])
    for path in (folder, folder / "nowhere.dat"):
        with pytest.raises(CatalogueError) as caught:
            import_catalogues(engine, [path])
        assert caught.value.kind == "catalogue-file"
    assert _counts(engine) == (0, 0)


def test_a_failure_while_writing_leaves_nothing(engine: Engine, folder: Path) -> None:
    def fail(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_catalogues(engine, [folder], fail)
    assert _counts(engine) == (0, 0)


def test_what_an_import_says(folder: Path, engine: Engine) -> None:
    from cobrex.cli.star_view import import_lines
    from cobrex_db.stars.rematch import Rematched

    imported: Imported = import_catalogues(engine, [folder])
    imported.contradictions = [f"HIP {n} is not HR {n}" for n in range(12)]
    said = import_lines(imported, Rematched(3, 1))
    assert all(len(line) < 80 for line in said)
    assert any("5 stars: 5 new" in line for line in said)
    assert any("2 more (--json)" in line for line in said)
