"""The IRDIS calibration recipes on frames with a known truth: it is recovered within its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import ird_recipes
import numpy as np
import pytest
from astropy.io import fits
from ird_frames import GAIN, NOISE, SIDE, Folder, detector, expose
from ird_recipes import Answer, Recipes

from cobrex_registry.environments.environment import Environment

pytestmark = pytest.mark.slow
UNLIT = 10
NAMES = ("ird_dark", "ird_background", "ird_flat", "ird_star_center")


@pytest.fixture(scope="module")
def recipes(recipe_environment: Callable[[str], Environment]) -> Iterator[Recipes]:
    caller = Recipes(recipe_environment("ird_dark"))
    yield caller
    caller.close()


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
