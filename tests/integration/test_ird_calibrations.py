"""The IRDIS calibration recipes on frames with a known truth: it is recovered within its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import ird_recipes
import numpy as np
import pytest
from astropy.io import fits
from ird_frames import GAIN, NOISE, SIDE, Folder, detector, expose
from ird_recipes import Answer, Recipes

from cobrex_registry.environments.environment import Environment

pytestmark = pytest.mark.slow
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
