"""The rules that ship for IRDIS, with the recipes that ship: what a night's frames become."""

from __future__ import annotations

from pathlib import Path

import pytest
from rules_archive import Archive, chosen, levels

from cobrex.plan.draft import Draft
from cobrex.rules import book
from cobrex.rules.model import Association
from cobrex_registry.recipe.manifest import Manifest, parse

ROOT = Path(__file__).resolve().parents[4]
SETUP = {"iflt": "DB_H23", "icor": "N_ALC_YJH_S"}
CUBE = "IRD_SCIENCE_REDUCED_MASTER_CUBE"


def manifests(rules: dict[str, Association]) -> dict[str, Manifest]:
    found = {}
    for name, one in rules.items():
        path = ROOT / "recipes" / one.recipe.partition("@")[0] / "recipe.yaml"
        if path.is_file():
            found[name] = parse(path.read_text(encoding="utf-8"), str(path))
    return found


def organise(archive: Archive, workflow: str, goal: str) -> list[Draft]:
    known = book.load()
    rules = {**known.associations, **(known.workflow(workflow).steps if workflow else {})}
    read = manifests(rules)
    needs = {name: one.inputs for name, one in read.items()}
    outputs = {name: {o.role: o.frame_type for o in one.outputs} for name, one in read.items()}
    return archive.organise(rules, needs, outputs, goal)


def night(stars: int = 1, *, sky: bool = True) -> Archive:
    """Sequences one after another; calibrations the morning after."""
    archive = Archive()
    flux = {"dit": 2.0, "nd": "ND_2.0"}
    science = {"dit": 64.0, "nd": "OPEN"}
    for n in range(stars):
        start, ob = 0.1 * n, {"ob_id": n, **SETUP}
        star = f"HD {n}"
        for k in range(4):
            archive.add("IRD_SCIENCE_DBI_RAW", start + k / 100, star, **ob, **science)
        for k, day in enumerate((start - 0.01, start + 0.05, start + 0.06)):
            archive.add("IRD_STAR_CENTER_WAFFLE_RAW", day, star, tpl=f"{n}{k}", **ob, **science)
            archive.add("IRD_FLUX_CALIB_CORO_RAW", day + 0.001, star, **ob, **flux)
        for setup in (science, flux) if sky else ():
            archive.add("IRD_SKY_BG_RAW", start + 0.055, star, **ob, **setup)
    for setup in (science, flux):
        archive.add("IRD_INS_BG_RAW", 0.5, iflt="DB_H23", **setup)
        archive.add("IRD_INS_BG_RAW", 0.5, iflt="DB_K12", **setup)
        archive.add("IRD_DARK_RAW", 0.5, dit=setup["dit"], nd="OPEN")
    for dit in (1.0, 2.0):
        archive.add("IRD_FLAT_FIELD_RAW", 0.5, iflt="DB_H23", nd="OPEN", dit=dit)
    return archive


def test_raw_frames_become_a_cube_with_all_that_belongs_to_it() -> None:
    archive = night()
    (draft,) = organise(archive, "", "ird_preprocess")
    assert (draft.missing, draft.warnings) == ([], [])
    taken = {role: chosen(draft, role) for role in ("background", "flux_background", "flat", "bpm")}
    assert taken == {
        "background": [("ird_sky_bg", "sky")],
        "flux_background": [("ird_sky_bg", "sky")],
        "flat": [("ird_flat", "flat")],
        "bpm": [("ird_flat", "bpm")],
    }
    made = {c.role: c.frame.maker for c in draft.chosen if c.frame.maker}
    assert made["background"].values["dit"] == 64.0
    assert made["flux_background"].values["dit"] == 2.0
    assert sorted(chosen(draft, "flux")) == [
        f.frame_id for f in archive.frames["IRD_FLUX_CALIB_CORO_RAW"]]  # fmt: skip
    # of three centres the one after the one after is too many
    times = sorted(round(c.delta_d, 3) for c in draft.chosen if c.role == "centre")
    assert times == [-0.025, 0.035]
    assert chosen(made["flat"], "dark") == [("ird_ins_bg", "instrument")]


@pytest.mark.parametrize(
    ("gone", "source", "level", "warned"),
    [
        ((), "sky", 0, 0),
        (("IRD_SKY_BG_RAW",), "instrument background", 0, 0),
        (("IRD_SKY_BG_RAW", "IRD_INS_BG_RAW"), "dark", 1, 0),
        (("IRD_SKY_BG_RAW", "IRD_INS_BG_RAW", "IRD_DARK_RAW"), None, None, 2),
    ],
)
def test_background_of_the_sky_else_of_the_instrument_else_a_dark(
    gone: tuple[str, ...], source: str | None, level: int | None, warned: int
) -> None:
    archive = night()
    for frame_type in gone:
        del archive.frames[frame_type]
    (draft,) = organise(archive, "", "ird_preprocess")
    assert draft.missing == []
    for role in ("background", "flux_background"):
        found = [(c.source, c.level) for c in draft.chosen if c.role == role]
        assert found == ([] if source is None else [(source, level)])
    assert sum("background" in text.split(":")[0] for text in draft.warnings) == warned


def test_without_a_centre_there_is_a_gap_with_its_cure() -> None:
    archive = night()
    del archive.frames["IRD_STAR_CENTER_WAFFLE_RAW"]
    (draft,) = organise(archive, "", "ird_preprocess")
    message, cure = draft.missing[0]
    assert "IRD_STAR_CENTER" in message
    assert "IRD_STAR_CENTER_WAFFLE_RAW" in cure


def test_a_calibration_of_another_week_is_a_level_worse() -> None:
    archive = night(sky=False)
    for frame_type in ("IRD_FLAT_FIELD_RAW", "IRD_INS_BG_RAW"):
        frames = archive.frames.pop(frame_type)
        for one in frames:
            archive.add(frame_type, 5.0, **one.values)
    (draft,) = organise(archive, "", "ird_preprocess")
    assert (levels(draft, "flat"), levels(draft, "background")) == ([1], [1])


def test_the_search_takes_what_is_made_with_the_cube() -> None:
    drafts = organise(night(2), "irdis_dbi", "irdis_adi_pca")
    assert [d.missing for d in drafts] == [[], []]
    for draft in drafts:
        makers = {c.frame.maker for c in draft.chosen}
        assert len(makers) == 1
        assert [c.role for c in draft.chosen] == ["cube", "psf", "angles", "selection"]


@pytest.mark.parametrize("workflow", ["", "irdis_dbi"])
def test_cubes_of_the_data_centre_find_psf_and_angles_by_star_and_filter(workflow: str) -> None:
    archive = Archive()
    for star in ("HD 1", "HD 2"):
        for name in ("REDUCED_MASTER_CUBE", "PSF_MASTER_CUBE", "PARA_ROTATION_CUBE"):
            archive.add(f"IRD_SCIENCE_{name}", 0.1, star, foreign=True, filter="DB_H23", **SETUP)
    drafts = organise(archive, workflow, "irdis_adi_pca")
    assert [(d.main[0].frame_id, chosen(d, "psf"), chosen(d, "angles")) for d in drafts] == [
        (1, [2], [3]), (4, [5], [6])]  # fmt: skip
    assert {c.source for d in drafts for c in d.chosen if c.role == "psf"} == {"of the star"}


def test_the_library_is_all_other_stars_and_the_matrix_ones_own() -> None:
    archive = night(5)
    for one in archive.frames["IRD_SCIENCE_DBI_RAW"][-4:]:
        one.values["icor"] = "N_NS_CLEAR"  # type: ignore[index]
    for one in archive.frames["IRD_STAR_CENTER_WAFFLE_RAW"][-3:]:
        one.values["icor"] = "N_NS_CLEAR"  # type: ignore[index]
    drafts = {d.main[0].star: d for d in organise(archive, "irdis_rdi", "ird_rdi_reduce")}
    assert drafts["HD 4"].missing  # nobody else is observed without coronagraph
    for star in ("HD 0", "HD 1", "HD 2", "HD 3"):
        draft = drafts[star]
        assert draft.missing == []
        library = [c.frame.star for c in draft.chosen if c.role == "references"]
        assert sorted(library) == sorted({"HD 0", "HD 1", "HD 2", "HD 3"} - {star})
        (corr,) = [c.frame.maker for c in draft.chosen if c.role == "corr"]
        assert corr.main == draft.main
