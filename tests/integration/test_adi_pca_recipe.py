"""The recipe adi_pca on simulated sequences: what is put in is found, nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import warm_recipes
from adi_recipe import QUICK, done, off, refused
from adi_sequence import FWHM, SCALE, Companion, spot, write, write_files
from astropy.io import fits

from cobrex_registry.admission import lint
from cobrex_registry.environments.environment import Environment
from cobrex_registry.recipe import preset

pytestmark = pytest.mark.slow
SIDE = 51
RECIPE = "adi_pca"


@pytest.fixture(scope="module")
def warm(
    recipe_environment: Callable[[str], Environment],
) -> Iterator[warm_recipes.Warm]:
    with warm_recipes.warm(recipe_environment(RECIPE)) as server:
        yield server


def test_the_folder_can_be_published() -> None:
    assert lint.lint(warm_recipes.RECIPES / RECIPE) == []


def test_companions_are_found_where_they_are_on_the_sky(
    warm: warm_recipes.Warm, tmp_path: Path
) -> None:
    """Two of them, in the second wavelength, with bad frames, angles in a column and an offset."""
    true = [Companion(170.0, 60.0, 1.5e-3), Companion(140.0, 310.0, 1.5e-3)]
    folder, out = tmp_path / "in", tmp_path / "out"
    write(folder, true, offset=25.0, side=SIDE)
    cube, psf, angles = (fits.getdata(folder / f"{n}.fits") for n in ("cube", "psf", "angles"))
    rng = np.random.default_rng(1)
    # a bad frame is bright, turned elsewhere and has holes
    cube = np.insert(cube, 7, 50 * cube.max() * rng.normal(0, 1, cube[0].shape), axis=0)
    cube[7, 20:30, 20] = np.nan
    angles = np.insert(angles, 7, angles[0] + 200)
    selection = np.ones(len(cube), dtype=np.uint8)
    selection[7] = 0
    empty = rng.normal(0, 1, cube.shape)
    sof = write_files(
        folder, np.stack([empty, cube]), np.stack([psf * 0, psf]), angles[:, None], selection
    )
    given = QUICK | {"angle_offset_deg": 25.0, "channel": 1}
    found = done(warm.call(RECIPE, sof, given, out), out)
    assert len(found) == len(true)
    for one in true:
        assert min(off(row, one) for row in found) < 0.5
    header = fits.getheader(out / "snr.fits")
    assert header["ESO PRO CATG"] == "ADI_SNR_MAP"
    assert header["ESO QC NDETECTIONS"] == 2
    assert header["ESO QC NFRAMES"] == 24
    assert header["ESO QC FWHM"] == pytest.approx(FWHM * SCALE, rel=0.05)
    assert header["ESO QC ROTATION"] == pytest.approx(90.0, abs=0.01)
    promised = {one.name for one in warm_recipes.read_manifest(RECIPE).qc}
    missing = {name for name in promised if f"ESO {name}" not in header}
    assert missing <= {"QC CONTRAST"}
    curve = fits.getdata(out / "contrast.fits", "CONTRAST")
    assert (np.diff(curve["SEPARATION"]) > 0).all()
    for name in ("residual", "snr", "contrast"):
        assert (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_is_found_where_nothing_is(warm: warm_recipes.Warm, tmp_path: Path) -> None:
    sof = write(tmp_path / "in", [], side=SIDE)
    found = done(warm.call(RECIPE, sof, QUICK, tmp_path / "out"), tmp_path / "out")
    assert len(found) == 0
    assert fits.getheader(tmp_path / "out" / "snr.fits")["ESO QC SNR MAX"] == 0
    curve = fits.getdata(tmp_path / "out" / "contrast.fits", "CONTRAST")
    # the companions that the other tests find are above it
    assert (curve["CONTRAST"][curve["SEPARATION"] > 135] < 1.5e-3).all()


def test_angles_of_the_other_sign_do_not_find_it(warm: warm_recipes.Warm, tmp_path: Path) -> None:
    one = Companion(170.0, 60.0, 1.5e-3)
    sof = write(tmp_path / "in", [one], side=SIDE)
    angles = fits.getdata(tmp_path / "in" / "angles.fits")
    fits.PrimaryHDU(-angles).writeto(tmp_path / "in" / "angles.fits", overwrite=True)
    found = done(warm.call(RECIPE, sof, QUICK, tmp_path / "out"), tmp_path / "out")
    assert all(off(row, one) > 2 * FWHM for row in found)
    # such are the data centre's: the preset for its cubes turns them
    text = (warm_recipes.ROOT / "presets" / RECIPE / "irdis_h23.yaml").read_text()
    sign = {"angle_sign": preset.parse(text, "irdis_h23.yaml").parameters["angle_sign"]}
    found = done(warm.call(RECIPE, sof, QUICK | sign, tmp_path / "turned"), tmp_path / "turned")
    assert off(found[0], one) < 0.5
    # and leaves those alone that say they are position angles
    said = fits.Header([("HIERARCH ESO PRO ANGLE CONV", "PA OF +Y, DC VECTOR IS MINUS THIS")])
    fits.PrimaryHDU(angles, said).writeto(tmp_path / "in" / "angles.fits", overwrite=True)
    done(warm.call(RECIPE, sof, QUICK | sign, tmp_path / "said"), tmp_path / "said")
    maps = [fits.getdata(tmp_path / name / "snr.fits") for name in ("turned", "said")]
    assert np.array_equal(*maps)


def test_the_model_gives_place_and_flux_with_errors_and_the_same_again(
    warm: warm_recipes.Warm, tmp_path: Path
) -> None:
    # 350 degrees from the x axis: VIP's own first step in the angle would be 17 degrees; the file's
    # angles jump by 360
    one = Companion(160.0, 260.0, 1e-3)
    sof = write(tmp_path / "in", [one], first=140.0, frames=16, side=SIDE)
    angles = fits.getdata(tmp_path / "in" / "angles.fits")
    assert np.diff(angles).min() < -180
    given = QUICK | {"forward_model": True, "fm_injections": 3, "snr_threshold": 9.0}
    row = done(warm.call(RECIPE, sof, given, tmp_path / "a"), tmp_path / "a")[0]
    assert off(row, one, "FM_SEPARATION", "FM_PA") < 0.1
    assert row["FM_CONTRAST"] == pytest.approx(one.contrast, rel=0.05)
    assert 0 < row["FM_SEPARATION_ERR"] < 3
    assert 0 < row["FM_PA_ERR"] < 1
    assert 0 < row["FM_CONTRAST_ERR"] < 0.3 * one.contrast
    header = fits.getheader(tmp_path / "a" / "snr.fits")
    assert header["ESO QC ROTATION"] == pytest.approx(90.0, abs=0.01)
    done(warm.call(RECIPE, sof, given, tmp_path / "b"), tmp_path / "b")
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_what_is_near_the_edge_is_found_and_not_modelled(
    warm: warm_recipes.Warm, tmp_path: Path
) -> None:
    one = Companion(190.0, 60.0, 3e-3)
    sof = write(tmp_path / "in", [one], frames=12, side=SIDE)
    given = QUICK | {"forward_model": True, "snr_threshold": 9.0}
    row = done(warm.call(RECIPE, sof, given, tmp_path / "out"), tmp_path / "out")[0]
    assert off(row, one) < 0.5
    assert np.isnan(row["FM_SEPARATION"])


def _broken(what: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    sof = write(folder, [])
    cube, psf, angles = (fits.getdata(folder / f"{n}.fits") for n in ("cube", "psf", "angles"))
    selection = None
    if what == "angles":
        return write_files(folder, cube, psf, angles[:-1]), QUICK
    if what == "NaN":
        cube[3, 35, 30] = np.nan
    if what == "few":
        cube, angles = cube[:3], angles[:3]
    if what == "PSF":
        psf = np.zeros_like(psf) - spot(12, 12, 25)
    if what == "small":
        cube = cube[:, 25:46, 25:46]
    if what == "psf missing":
        sof.write_text("".join(sof.read_text().splitlines(keepends=True)[::2]))
        return sof, QUICK
    if what == "choice of others":
        selection = np.ones(7, dtype=np.uint8)
    if what == "no choice":
        selection = np.full(24, 2, dtype=np.uint8)
    if what == "few chosen":
        selection = np.arange(24, dtype=np.uint8) // 20
    given = QUICK | ({"ncomp": 24} if what == "components" else {})
    return write_files(folder, cube, psf, angles, selection), given


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("angles", "angles (23,) for a cube of 24 frames"),
        ("NaN", "1 pixels that are no numbers"),
        ("few", "3 frames, 5 are needed"),
        ("components", "24 components of a cube of 24 frames"),
        ("PSF", "looks like no star"),
        ("small", "less than 10 FWHM"),
        ("psf missing", "no *_SCIENCE_PSF_MASTER_CUBE"),
        ("choice of others", "a choice (7,) for a cube of 24 frames"),
        ("no choice", "neither 0 nor 1"),
        ("few chosen", "4 frames, 5 are needed"),
    ],
)
def test_what_cannot_be_reduced_is_said_in_one_line(
    warm: warm_recipes.Warm, tmp_path: Path, what: str, says: str
) -> None:
    sof, given = _broken(what, tmp_path / "in")
    refused(warm.call(RECIPE, sof, given, tmp_path / "out"), RECIPE, says)
    assert list((tmp_path / "out").iterdir()) == []
