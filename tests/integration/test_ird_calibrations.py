"""The IRDIS calibration recipes on frames with a known truth: it is recovered within its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import ird_recipes
import numpy as np
import pytest
from astropy.io import fits
from ird_frames import GAIN, NOISE, SIDE, Folder, detector, expose, waffle
from ird_recipes import Answer, Recipes

from cobrex_registry.admission import lint
from cobrex_registry.environments.environment import Environment

pytestmark = pytest.mark.slow
UNLIT = 10
NAMES = ("ird_dark", "ird_background", "ird_flat", "ird_star_center")


@pytest.fixture(scope="module")
def recipes(recipe_environment: Callable[[str], Environment]) -> Iterator[Recipes]:
    caller = Recipes(recipe_environment("ird_dark"))
    yield caller
    caller.close()


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_can_be_published_and_shares_its_environment(name: str) -> None:
    folder = ird_recipes.ROOT / "recipes" / name
    assert lint.lint(folder) == []
    lock = (folder / "requirements.lock").read_bytes()
    assert lock == (folder.parent / "ird_dark" / "requirements.lock").read_bytes()


def done(answer: Answer) -> Answer:
    assert (answer.code, answer.stderr) == (0, "")
    return answer


def refused(answer: Answer, name: str, says: str) -> None:
    assert answer.code == 1
    assert says in answer.stderr
    assert answer.stderr.startswith(f"{name}: ")
    assert answer.stderr.count("\n") == 1
    assert list(answer.folder.iterdir()) == []


def found(flags: np.ndarray, true: np.ndarray) -> tuple[float, float]:
    """Return completeness and purity."""
    both = (flags > 0) & true
    return both.sum() / true.sum(), both.sum() / max((flags > 0).sum(), 1)


def within_errors(off: np.ndarray, error: np.ndarray) -> None:
    assert np.abs(off / error).max() < 7
    assert 0.92 < (off**2).sum() / (error**2).sum() < 1.08
    assert abs(off.sum()) < 5 * np.sqrt((error**2).sum())


@pytest.fixture(scope="module")
def dark(recipes: Recipes, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    rng = np.random.default_rng(2)
    folder = Folder(tmp_path_factory.mktemp("dark") / "in")
    for n in range(4):
        cube = expose(detector(), 0.0, 8.0, 3, rng)
        # a level that drifts, and cosmic rays in one plane each
        cube += 5.0 * n
        for plane in cube:
            plane[rng.integers(0, SIDE, 8), rng.integers(0, 2 * SIDE, 8)] += 3000
        folder.add("IRD_DARK_RAW", cube, 8.0)
    return done(recipes.call("ird_dark", folder.sof()))


def test_the_dark_is_recovered_within_its_errors(dark: Answer) -> None:
    chip = detector()
    with fits.open(dark.folder / "dark.fits") as units:
        value, header, error = units[0].data, units[0].header, units["ERROR"].data
    bad = fits.getdata(dark.folder / "bpm.fits")
    within_errors((value - chip.dark * 8 - 7.5)[bad == 0], error[bad == 0])
    assert (bad.dtype, bad.shape) == (np.uint8, (SIDE, 2 * SIDE))
    completeness, purity = found(bad, chip.hot | chip.noisy)
    assert completeness > 0.95
    assert purity > 0.95
    noise = np.sqrt(NOISE**2 + 8 * np.median(chip.dark) / GAIN)
    assert header["ESO QC RON"] == pytest.approx(noise, rel=0.02)
    assert header["ESO QC DARK DRIFT"] == pytest.approx(15, abs=1)
    assert header["ESO QC DARK NBADPIX"] == bad.sum()
    assert header["ESO QC NFRAMES"] == 12
    assert header["ESO PRO CATG"] == "IRD_MASTER_DARK"
    assert header["ESO DET SEQ1 DIT"] == 8.0
    assert ird_recipes.unmeasured(dark, "ird_dark") == set()


@pytest.mark.parametrize(
    ("raw", "kind", "name"),
    [
        ("IRD_SKY_BG_RAW", "IRD_SKY_BG", "sky.fits"),
        ("IRD_INS_BG_RAW", "IRD_INS_BG", "instrument.fits"),
    ],
)
def test_the_background_is_what_its_frames_are(
    recipes: Recipes, tmp_path: Path, raw: str, kind: str, name: str
) -> None:
    chip, rng, folder = detector(), np.random.default_rng(3), Folder(tmp_path / "in")
    # one single image among cubes
    for planes in (3, 2, 0):
        cube = expose(chip, 20.0, 4.0, max(planes, 1), rng)
        folder.add(raw, cube if planes else cube[0], 4.0)
    answer = done(recipes.call("ird_background", folder.sof()))
    assert sorted(path.name for path in answer.folder.glob("*.fits")) == [name]
    with fits.open(answer.folder / name) as units:
        value, header, error = units[0].data, units[0].header, units["ERROR"].data
    good = ~(chip.noisy | chip.hot)
    # counts that are written as whole numbers are as often rounded up as down
    within_errors((value - chip.dark * 4 - 80 * chip.flat)[good], error[good])
    assert header["ESO PRO CATG"] == kind
    assert header["ESO QC NFRAMES"] == 6
    assert header["ESO QC BACKGROUND MEDIAN"] == pytest.approx(np.median(value), rel=1e-4)
    assert ird_recipes.unmeasured(answer, "ird_background") == set()


LAMP = 1500.0


@pytest.fixture(scope="module")
def flat(
    recipes: Recipes, dark: Answer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Answer, Folder]:
    """A flat of four integration times, the lamp drifting, the left edge unlit."""
    chip, rng = detector(), np.random.default_rng(4)
    light = np.full((SIDE, 2 * SIDE), LAMP)
    light[:, :UNLIT] = 0
    folder = Folder(tmp_path_factory.mktemp("flat") / "in")
    for n, dit in enumerate((2.0, 4.0, 6.0, 8.0, 8.0)):
        cube = expose(chip, light * (1 + 0.004 * (n % 2)), dit, 2, rng)
        folder.add("IRD_FLAT_FIELD_RAW", cube, dit)
    folder.list(dark.folder / "dark.fits", "IRD_MASTER_DARK")
    folder.list(dark.folder / "bpm.fits", "IRD_STATIC_BADPIXELMAP")
    return done(recipes.call("ird_flat", folder.sof())), folder


def test_the_flat_is_recovered_within_its_errors(flat: tuple[Answer, Folder]) -> None:
    chip, answer = detector(), flat[0]
    with fits.open(answer.folder / "flat.fits") as units:
        value, header, error = units[0].data, units[0].header, units["ERROR"].data
    bad = fits.getdata(answer.folder / "bpm.fits")
    known = np.isfinite(error)
    assert (value[~known] == 1).all()
    assert not known[:, : UNLIT - 1].any()
    assert known[:, UNLIT + 1 :].mean() > 0.98
    for half in (np.s_[:, :SIDE], np.s_[:, SIDE:]):
        got, true = value[half][known[half]], chip.flat[half][known[half]]
        assert np.median(got) == pytest.approx(1, abs=1e-6)
        # the median of noisy values is not quite that of the true ones
        scale = (got * true).sum() / (true**2).sum()
        assert scale * np.median(true) == pytest.approx(1, abs=2e-3)
        within_errors(got - scale * true, error[half][known[half]])
    assert header["ESO QC FLAT FLUX"] == pytest.approx(LAMP, rel=0.02)
    assert header["ESO QC FLAT LIT"] == pytest.approx(1 - UNLIT / (2 * SIDE), abs=0.01)
    assert header["ESO QC FLAT DEPARTURE"] == pytest.approx(0.003, abs=0.002)
    assert header["ESO QC FLAT NBADPIX"] == bad.sum()
    assert header["ESO PRO CATG"] == "IRD_FLAT_FIELD"
    assert ird_recipes.unmeasured(answer, "ird_flat") == set()


def test_dead_and_nonlinear_pixels_join_those_of_the_dark(
    flat: tuple[Answer, Folder], dark: Answer
) -> None:
    chip, bad = detector(), fits.getdata(flat[0].folder / "bpm.fits") > 0
    known = fits.getdata(dark.folder / "bpm.fits") > 0
    lit = np.arange(2 * SIDE) >= UNLIT
    assert (bad[known]).all()
    completeness, purity = found(bad & ~known, (chip.dead | chip.bent) & lit)
    assert completeness > 0.95
    assert purity > 0.95
    assert not (bad & ~known & ~lit).any()


def test_two_integration_times_make_a_flat_too(
    flat: tuple[Answer, Folder], recipes: Recipes, tmp_path: Path
) -> None:
    chip, folder = detector(), Folder(tmp_path / "in")
    folder.lines = flat[1].lines[:2]
    answer = done(recipes.call("ird_flat", folder.sof()))
    with fits.open(answer.folder / "flat.fits") as units:
        value, error = units[0].data, units["ERROR"].data
    assert fits.getheader(answer.folder / "flat.fits")["ESO QC FLAT NBENT"] == 0
    good = np.isfinite(error) & ~(chip.bent | chip.hot | chip.noisy)
    good[:, :SIDE] = False
    scale = (value[good] * chip.flat[good]).sum() / (chip.flat[good] ** 2).sum()
    within_errors(value[good] - scale * chip.flat[good], error[good])


CENTRES = ((47.3, 50.8), (44.6, 43.2))
RADII = (30.0, 30.0 * 1.667 / 1.593)
END = "2017-03-04T01:00:48.000"
WAFFLE = {"waffle_radius_px": 30.0, "search_px": 10.0}


def watched(folder: Folder, frames: int, planes: int, light: np.ndarray, **cards: object) -> None:
    rng = np.random.default_rng(6)
    for _ in range(frames):
        cube = expose(detector(), light + 20, 4.0, planes, rng)
        folder.add("IRD_STAR_CENTER_WAFFLE_RAW", cube, 4.0, **cards)


def test_the_star_is_between_its_spots(
    recipes: Recipes, flat: tuple[Answer, Folder], dark: Answer, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "in")
    watched(folder, 2, 4, waffle(CENTRES, RADII), DET_FRAM_UTC=END, INS1_DITH_POSX=-2)
    folder.list(dark.folder / "dark.fits", "IRD_MASTER_DARK")
    folder.list(flat[0].folder / "flat.fits", "IRD_FLAT_FIELD")
    folder.list(flat[0].folder / "bpm.fits", "IRD_STATIC_BADPIXELMAP")
    true = np.array(CENTRES).ravel()
    for per_plane, rows in ((False, 2), (True, 8)):
        answer = done(recipes.call("ird_star_center", folder.sof(), per_plane=per_plane, **WAFFLE))
        table = fits.getdata(answer.folder / "centre.fits", "CENTRE")
        header = fits.getheader(answer.folder / "centre.fits")
        places = np.array([table[name] for name in ("X0", "Y0", "X1", "Y1")]).T
        errors = np.array([table[f"{name}_ERR"] for name in ("X0", "Y0", "X1", "Y1")]).T
        assert len(table) == rows
        assert (set(table["DITH_X"]), set(table["DITH_Y"])) == ({-2.0}, {0.0})
        assert np.abs(places - true).max() < (0.15 if per_plane else 0.05)
        assert 0.4 < np.sqrt(np.mean(((places - true) / errors) ** 2)) < 1.6
        assert np.abs(table["RADIUS1"] - RADII[1]).max() < 0.3
        # from 01:00:00 to 01:00:48 a plane of four seconds begins every twelve
        first = 57816.04166667 + (2 if per_plane else 20) / 86400
        assert table["MJD"][0] == pytest.approx(first, abs=1e-7)
        assert header["ESO QC CENTRE X1"] == pytest.approx(CENTRES[1][0], abs=0.05)
        assert header["ESO PRO CATG"] == "IRD_STAR_CENTER"
        assert ird_recipes.unmeasured(answer, "ird_star_center") == set()


def test_a_star_that_moves_is_followed(recipes: Recipes, tmp_path: Path) -> None:
    light, ((x0, y0), (x1, y1)) = waffle(CENTRES, (30.0, 30.0)), CENTRES
    folder = Folder(tmp_path / "in")
    # the channels swapped, one of them mirrored, the other transposed
    watched(folder, 1, 4, np.hstack([light[:, : SIDE - 1 : -1], light[:, :SIDE].T]))
    answer = done(recipes.call("ird_star_center", folder.sof(), **WAFFLE))
    row = fits.getdata(answer.folder / "centre.fits", "CENTRE")[0]
    true = (SIDE - 1 - x1, y1, y0, x0)
    # without bad pixel map and flat it is a little worse
    assert [row[name] for name in ("X0", "Y0", "X1", "Y1")] == pytest.approx(true, abs=0.12)


def test_an_upright_cross_and_an_exposure_without_spots(recipes: Recipes, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "in")
    watched(folder, 1, 3, waffle(CENTRES, RADII, turn=0.0), OCS_WAFFLE_ORIENT="+")
    watched(folder, 1, 3, waffle(CENTRES, RADII, spots=0.0), OCS_WAFFLE_ORIENT="+")
    answer = done(recipes.call("ird_star_center", folder.sof(), **WAFFLE))
    header = fits.getheader(answer.folder / "centre.fits")
    assert (header["ESO QC NFRAMES"], header["ESO QC NLOST"]) == (1, 1)
    assert header["ESO QC CENTRE Y1"] == pytest.approx(CENTRES[1][1], abs=0.12)
    assert "SPHER.001.fits: channel 0: no waffle spots" in answer.stdout


def test_frames_without_the_pattern_are_refused(recipes: Recipes, tmp_path: Path) -> None:
    for name, light, cards, says in (
        ("none", waffle(CENTRES, RADII, spots=0.0), {}, "channel 0: no waffle spots"),
        ("upright", waffle(CENTRES, RADII, turn=0.0), {}, "channel 0: no waffle spots"),
        ("wide", waffle(CENTRES, (38.0, 40.0)), {}, "channel 0: no waffle spots"),
        ("filter", waffle(CENTRES, RADII), {"INS_COMB_IFLT": "N_BrG"}, "give wavelength0_um"),
        ("turn", waffle(CENTRES, RADII), {"OCS_WAFFLE_ORIENT": "y"}, "orientation 'y'"),
    ):
        folder = Folder(tmp_path / name)
        watched(folder, 1, 1, light, **cards)
        answer = recipes.call("ird_star_center", folder.sof(), **WAFFLE)
        refused(answer, "ird_star_center", says)


ND, K12 = {"INS4_FILT2_NAME": "ND_1.0"}, {"INS_COMB_IFLT": "DB_K12"}
MISFITS = [
    ("ird_dark", [], "in.sof: no IRD_DARK_RAW"),
    ("ird_dark", [("dark", 4.0, {}), ("dark", 8.0, {})], "SEQ1 DIT: 4.0 in SPHER.000.fits, 8.0"),
    ("ird_dark", [("dark", 4.0, {"SEQ_ARM": "IFS"})], "a frame of IFS"),
    ("ird_dark", [("dark", 4.0, {}), ("narrow", 4.0, {})], "differ in shape"),
    ("ird_dark", [("row", 4.0, {})], "neither an image nor a cube"),
    ("ird_dark", [("dark", 4.0, {"DET_SEQ1_DIT": None})], "no integration time"),
    ("ird_background", [("dark", 4.0, {}), ("dark", 4.0, ND)], "ND_1.0 in SPHER.001"),
    ("ird_flat", [("lamp", 4.0, {}), ("lamp", 4.0, {})], "two or more ESO DET SEQ1 DIT: 4 s"),
    ("ird_flat", [("dark", 2.0, {}), ("dark", 4.0, {})], "no lamp"),
    ("ird_flat", [("lamp", 2.0, {}), ("lamp", 4.0, K12)], "DB_K12 in SPHER.001"),
]


def test_frames_that_do_not_fit_are_refused(recipes: Recipes, tmp_path: Path) -> None:
    chip, rng = detector(), np.random.default_rng(8)
    pixels = {"dark": expose(chip, 0.0, 4.0, 1, rng), "lamp": expose(chip, LAMP, 4.0, 1, rng)}
    pixels |= {"narrow": pixels["dark"][:, :, 2:], "row": pixels["dark"][0, 0]}
    kinds = {"dark": "IRD_DARK_RAW", "background": "IRD_SKY_BG_RAW", "flat": "IRD_FLAT_FIELD_RAW"}
    for number, (name, frames, says) in enumerate(MISFITS):
        folder = Folder(tmp_path / str(number))
        for kind, dit, cards in frames:
            folder.add(kinds[name.removeprefix("ird_")], pixels[kind], dit, **cards)
        refused(recipes.call(name, folder.sof()), name, says)


def test_files_that_are_broken_are_named(recipes: Recipes, tmp_path: Path) -> None:
    cube = expose(detector(), 0.0, 4.0, 2, np.random.default_rng(9))
    for name, size, says in (
        ("short", 150000, "SPHER.000.fits: pixels are missing"),
        ("empty", 0, "SPHER.000.fits: no FITS file"),
        ("other", None, "in.sof:1: not 'path IRD_DARK_RAW'"),
    ):
        folder = Folder(tmp_path / name)
        path = folder.add("IRD_DARK_RAW", cube, 4.0)
        if size is None:
            folder.lines = [line.replace("IRD_DARK", "IFS_DARK") for line in folder.lines]
        else:
            path.write_bytes(path.read_bytes()[:size])
        refused(recipes.call("ird_dark", folder.sof()), "ird_dark", says)
    both = Folder(tmp_path / "both")
    for kind in ("IRD_SKY_BG_RAW", "IRD_INS_BG_RAW"):
        both.add(kind, cube, 4.0)
    refused(recipes.call("ird_background", both.sof()), "ird_background", "one of them is combined")
