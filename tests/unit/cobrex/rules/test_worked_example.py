"""The data centre's rules for IFS and IRDIS, written in this language, organise an archive."""

from __future__ import annotations

import pytest
from rules_archive import Archive, chosen, levels, read
from sphere_example import CUBE, NEEDS, OUTPUTS, RULES


@pytest.fixture(scope="module")
def rules():
    return read(RULES)


def ifs(lamps: int = 5, *, background: float = 0.5) -> Archive:
    """A night of IFS in YJH; the instrument's background some days away."""
    archive = Archive()
    setup = {"prism": "YJH", "nd": "OPEN"}
    for n in range(3):
        archive.add("IFS_DARK_RAW", 0.40 + n / 100, dit=16.0, tpl="D1")
    archive.add("IFS_DARK_RAW", 0.42, dit=1.0, tpl="D2")
    for n in range(2):
        archive.add("IFS_CAL_BACKGROUND_RAW", background, dit=16.0, tpl="B", **setup)
        for lamp in ["BB", "L1", "L2", "L3", "L4"][:lamps]:
            archive.add("IFS_DETECTOR_FLAT_FIELD_RAW", 0.45 + n / 100, lamp=lamp, **setup)
    archive.add("IFS_DETECTOR_FLAT_FIELD_RAW", 0.44, lamp="BB", **setup)
    archive.add("IFS_SPECPOS_RAW", 0.43, dit=1.0, tpl="P", **setup)
    archive.add("IFS_WAVECALIB_RAW", 0.44, dit=1.0, tpl="W", **setup)
    archive.add("IFS_FLAT_FIELD_RAW", 0.46, dit=1.0, tpl="F", **setup)
    for day in (0.20, 0.21, 0.40):
        archive.add("IFS_SCIENCE_DR_RAW", day, "HR 100", dit=16.0, obs_id=1, icor="ALC", **setup)
    for day in (0.10, 0.19, 0.205, 0.25, 0.35, 0.5):
        archive.add("IFS_STAR_CENTER_RAW", day, "HR 100", obs_id=1, icor="ALC", **setup)
    archive.add("IFS_SCIENCE_FLUX_RAW", 0.19, "HR 100", obs_id=1, **setup)
    archive.add("IFS_SCIENCE_FLUX_RAW", 0.19, "51 Eri", obs_id=2, **setup)
    return archive


def ids(archive: Archive, frame_type: str) -> list[int]:
    return [f.frame_id for f in archive.frames[frame_type]]


def test_a_night_of_ifs_from_raw_frames_to_the_cube(rules) -> None:
    archive = ifs()
    first, second = archive.organise(rules, NEEDS, OUTPUTS, "ifs_science")
    assert (first.missing, second.missing) == ([], [])
    assert [len(first.main), len(second.main)] == [2, 1]  # a pause of more than two hours
    assert chosen(first, "background") == [("ifs_background", "bg")]
    assert first.chosen[len(first.main)].source == "instrument"
    assert levels(first, "background") == [0]
    assert chosen(first, "dff") == [("ifs_det_flat", "dff")] * 5
    assert chosen(first, "bpm") == [("ifs_dark", "bpm")]
    centres = ids(archive, "IFS_STAR_CENTER_RAW")
    assert sorted(chosen(first, "center")) == centres[1:4]  # before, between, after
    assert chosen(first, "flux") == ids(archive, "IFS_SCIENCE_FLUX_RAW")[:1]
    flat = next(c.frame.maker for c in first.chosen if c.role == "ifu_flat")
    assert {c.role for c in flat.chosen} == {"raw", "wave", "dff", "dark"}
    wave = next(c.frame.maker for c in flat.chosen if c.role == "wave")
    dark = next(c.frame.maker for c in wave.chosen if c.role == "dark")
    assert [f.values["tpl"] for f in dark.main] == ["D2"]
    lamp = next(c.frame.maker for c in first.chosen if c.role == "dff")
    assert len([c for c in lamp.chosen if c.role == "raw"]) == 2


def test_lamps_are_counted_by_prism(rules) -> None:
    (draft, _) = ifs(lamps=4).organise(rules, NEEDS, OUTPUTS, "ifs_science")
    assert draft.missing
    assert "dff" in str(draft.missing) or "ifu_flat" in str(draft.missing)


@pytest.mark.parametrize(("day", "level", "source"), [(5, 1, "instrument"), (60, 3, "instrument")])
def test_background_grows_worse_with_time(rules, day: float, level: int, source: str) -> None:
    (draft, _) = ifs(background=day).organise(rules, NEEDS, OUTPUTS, "ifs_science")
    (one,) = [c for c in draft.chosen if c.role == "background"]
    assert (one.level, one.source) == (level, source)
    assert bool(draft.warnings) == (level == 3)


def test_without_any_background_the_dark_serves_one_level_down(rules) -> None:
    archive = ifs()
    del archive.frames["IFS_CAL_BACKGROUND_RAW"]
    (draft, _) = archive.organise(rules, NEEDS, OUTPUTS, "ifs_science")
    (one,) = [c for c in draft.chosen if c.role == "background"]
    assert (one.level, one.source, one.frame.output) == (1, "dark", "dark")


def test_irdis_takes_the_sky_of_the_observation_else_the_instruments(rules) -> None:
    archive = Archive()
    setup = {"iflt": "DB_H23", "dit": 64.0, "nd": "OPEN"}
    for obs in (1, 2):
        archive.add("IRD_SCIENCE_DBI_RAW", 0.2 * obs, f"HD {obs}", obs_id=obs, icor="ALC", **setup)
    skies = [archive.add("IRD_SKY_BG_RAW", 0.25, obs_id=1, tpl="S", **setup) for _ in range(3)]
    backs = [archive.add("IRD_INS_BG_RAW", 0.5, tpl="B", **setup) for _ in range(2)]
    flats = [
        archive.add("IRD_FLAT_FIELD_RAW", 0.5, iflt="DB_H23", dit=dit, nexp=3, tpl="F")
        for dit in (1.0, 2.0, 3.0)
    ]
    for dit in (1.0, 2.0, 9.0):
        archive.add("IRD_INS_BG_RAW", 0.6, iflt="DB_H23", dit=dit, tpl=f"B{dit}", nd="OPEN")
    one, other = archive.organise(rules, NEEDS, OUTPUTS, "ird_science")
    assert (one.missing, other.missing) == ([], [])
    assert sorted(chosen(one, "background")) == skies
    assert sorted(chosen(other, "background")) == backs
    flat = next(c.frame.maker for c in one.chosen if c.role == "flat")
    assert [f.frame_id for f in flat.main] == flats
    assert sorted(c.frame.values["dit"] for c in flat.chosen if c.role == "bg") == [1.0, 2.0]

    archive.frames["IRD_FLAT_FIELD_RAW"].pop()  # a template that was cut short
    one, _ = archive.organise(rules, NEEDS, OUTPUTS, "ird_science")
    assert "2 of 3 frames" in str(one.missing)


def test_what_was_made_together_stays_together(rules) -> None:
    archive = Archive()
    cubes, others = [], []
    for n, star in enumerate(["A", "B", "C", "D", "A"]):
        setup = {"iflt": "H23", "icor": "ALC", "process_id": n + 1}
        cubes.append(archive.add(CUBE, n, star, **setup))
        archive.add("IRD_SCIENCE_PSF_MASTER_CUBE", n, star, **setup)
        archive.add("IRD_SCIENCE_PARA_ROTATION_CUBE", n, star, **setup)
    for n in range(2):
        parents = frozenset([cubes[1]])
        others.append(
            archive.add("IRD_FRAME_SELECTION_VECTOR", n, "B", process_id=9 + n, parents=parents)
        )
    drafts = archive.organise(rules, NEEDS, OUTPUTS, "ird_paco")
    assert [chosen(d, "psf") for d in drafts] == [[c + 1] for c in cubes]
    assert [chosen(d, "select") for d in drafts] == [[], [others[1]], [], [], []]
    drafts = archive.organise(rules, NEEDS, OUTPUTS, "ird_rdi_corr")
    assert sorted(chosen(drafts[0], "refs")) == cubes[1:4]  # not itself, not its star's other one
    assert len(chosen(drafts[1], "refs")) == 4
